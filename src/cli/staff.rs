//! `kanso staff`: who works in the console.

use std::path::PathBuf;
use std::process::ExitCode;

use kanso_web::staff::{self, StaffError, StaffRole};

/// Say who may sign in to the console of `kanso serve`, at /console.
///
/// Each person has a name and a password of their own. What they settle stands in the audit
/// under that name. A running `kanso serve` knows of a change at once.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The data folder of `kanso serve`.
    #[arg(long, value_name = "DIR", default_value = "./kanso-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Add somebody; the password is shown only now
    Add {
        /// What they sign in as, and how the audit calls them
        name: String,
        #[arg(long, value_enum)]
        role: Role,
    },
    /// List who may sign in
    List,
    /// Take somebody away; where they are signed in they are out at once
    Remove { name: String },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Role {
    /// Settles photos
    Staff,
    /// Settles what runners ask for, too
    Operator,
}

pub fn run(args: Args) -> ExitCode {
    let done = match args.command {
        Command::Add { name, role } => staff::add(&args.data, &name, role.into()).map(|password| {
            println!("name      {}", name.trim());
            println!("password  {password}");
            println!("page      /console, where kanso serve says that its pages are");
        }),
        Command::List => list(&args.data),
        Command::Remove { name } => match staff::remove(&args.data, &name) {
            Ok(false) => {
                return super::fail(format!(
                    "nobody is called {name:?}; kanso staff list shows who"
                ));
            }
            removed => removed.map(drop),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(error),
    }
}

fn list(data: &std::path::Path) -> Result<(), StaffError> {
    let people = staff::people(data)?;
    for person in &people {
        let role = match person.role {
            StaffRole::Staff => "staff",
            StaffRole::Operator => "operator",
        };
        println!("{role:<8}  {}  since {:.0}", person.name, person.added_at);
    }
    if people.is_empty() {
        println!("nobody may sign in to the console; kanso staff add lets somebody");
    }
    Ok(())
}

impl From<Role> for StaffRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Staff => Self::Staff,
            Role::Operator => Self::Operator,
        }
    }
}
