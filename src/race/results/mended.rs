//! Text that went through a wrong program on its way: UTF-8 that was read as windows-1252 and
//! saved again (`JosÃ©`), and the entities of a web page (`&#39;`). Mended where only one
//! reading is possible, and always told.

use encoding_rs::WINDOWS_1252;

use super::problem::{Problem, ProblemKind};

/// The text as it was meant, and what was done.
pub(super) fn mended(text: String) -> (String, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut mend = |text: String, line: fn(&str) -> Option<String>, what: &str| {
        let mut count = 0;
        let lines = text.split_inclusive('\n').map(|old| match line(old) {
            Some(new) => {
                count += 1;
                new
            }
            None => old.to_owned(),
        });
        let new: String = lines.collect();
        if count == 0 {
            return text;
        }
        problems.push(Problem {
            row: None,
            column: None,
            value: None,
            kind: ProblemKind::Warning,
            message: format!("{count} lines {what}; compare some names with the entry list"),
        });
        new
    };
    let text = mend(
        text,
        once_less,
        "held UTF-8 that a program had read as windows-1252 and \
         saved again (such as JosÃ© for José), and were mended",
    );
    let text = mend(
        text,
        without_entities,
        "held the entities of a web page (such as &#39; for '), and were mended",
    );
    (text, problems)
}

/// A line whose characters, as bytes of windows-1252, are UTF-8 again.
fn once_less(line: &str) -> Option<String> {
    // Ã and Â begin what was a Latin letter; ã and the like a letter of Asia.
    if !line.contains(|c: char| matches!(c, '\u{c2}'..='\u{f4}')) {
        return None;
    }
    let (bytes, _, unmappable) = WINDOWS_1252.encode(line);
    if unmappable {
        return None;
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    (text != line).then(|| text.to_owned())
}

fn without_entities(line: &str) -> Option<String> {
    let may_be = line.split('&').skip(1).any(|rest| {
        rest.split_once(';').is_some_and(|(name, _)| {
            (2..=8).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
        })
    });
    if !may_be {
        return None;
    }
    let text = html_escape::decode_html_entities(line);
    (text != line).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_wrongly_once_is_read_again_and_told() {
        let twice = "7,ZoÃ« MÃ¼ller,0:41:20\n8,Ann Lee,0:42:00\n".to_owned();
        let (text, problems) = mended(twice);
        assert_eq!(text, "7,Zoë Müller,0:41:20\n8,Ann Lee,0:42:00\n");
        assert!(problems.len() == 1 && problems[0].message.starts_with("1 lines"), "{problems:?}");
        let (text, problems) = mended("7,M&auml;rta O&#39;Dea &amp; Co,1\n".to_owned());
        assert_eq!((text.as_str(), problems.len()), ("7,Märta O'Dea & Co,1\n", 1));
    }

    #[test]
    fn what_is_right_stays() {
        for line in [
            "7,JOÃO CONCEIÇÃO\n",
            "7,Ann & Bob;2\n",
            "7,Zoë Müller\n",
            "7,山田 &太郎;\n",
            "Ã©lan é",
        ] {
            assert_eq!(mended(line.to_owned()), (line.to_owned(), Vec::new()));
        }
    }
}
