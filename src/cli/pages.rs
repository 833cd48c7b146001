//! Where the web pages are reached, told to whoever starts a server.

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use kanso_web::qr;

/// Addresses by which this machine may find its own in a network: the route to one of them is
/// looked up, nothing is sent. The first is nobody's (RFC 5737) and takes the default route.
const BEYOND: [Ipv4Addr; 4] = [
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(192, 168, 255, 254),
    Ipv4Addr::new(10, 255, 255, 254),
    Ipv4Addr::new(172, 31, 255, 254),
];

/// As phones of this network reach the pages; `None` where the server listens for this machine
/// alone, or the machine is in no network.
pub fn reached_by_phones(web: SocketAddr) -> Option<String> {
    let address = match web.ip() {
        ip if ip.is_loopback() => return None,
        ip if ip.is_unspecified() => (in_the_network()?, web.port()).into(),
        _ => web,
    };
    Some(format!("http://{address}"))
}

fn in_the_network() -> Option<IpAddr> {
    let address = |beyond: Ipv4Addr| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((beyond, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let mut found = BEYOND.into_iter().filter_map(address);
    found.find(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// Says where phones find the pages, in a terminal with a code to scan.
pub fn announce(phones: Option<&str>) {
    let Some(address) = phones else {
        println!("phones   cannot reach the pages; give --web 0.0.0.0:8080 so that they can");
        return;
    };
    println!("phones   {address}/");
    if std::io::stdout().is_terminal()
        && let Some(code) = qr::terminal(&format!("{address}/"))
    {
        print!("\n{code}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_reach_what_listens_for_more_than_this_machine() {
        let reached = |text: &str| reached_by_phones(text.parse().unwrap());
        assert_eq!(reached("127.0.0.1:8080"), None);
        assert_eq!(reached("192.168.0.20:8080").as_deref(), Some("http://192.168.0.20:8080"));
        if let Some(address) = reached("0.0.0.0:8080") {
            assert!(address.ends_with(":8080") && !address.contains("0.0.0.0"), "{address}");
        }
    }
}
