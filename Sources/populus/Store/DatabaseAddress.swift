import ArgumentParser

/// Which PostgreSQL database holds a store: a URI, or an entry of libpq's service file.
///
/// It stands in the command line, which every user of the machine can read, and in messages and logs. So it has no password.
struct DatabaseAddress: Sendable, Equatable {
    /// As it was given, and as libpq takes it.
    let text: String

    private static let schemes = ["postgres://", "postgresql://"]
    private static let service = "service="

    /// What names a database and has no password; nothing else.
    init?(_ text: String) {
        guard Self.isMeant(by: text), Self.fault(in: text) == nil else { return nil }
        self.text = text
    }

    /// Whether a text is to name a database, be it a wrong one; all else is the path of a file.
    static func isMeant(by text: String) -> Bool {
        let small = text.lowercased()
        return (schemes + settings).contains { small.hasPrefix($0) }
    }

    /// Whether it names another machine, as far as it says so itself.
    var isElsewhere: Bool {
        guard let scheme = Self.schemes.first(where: { text.hasPrefix($0) }) else { return false }
        let place = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        let hosts = (place.split(separator: "@").last ?? "").split(separator: ",").map { host in
            host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
        }
        // An escaped slash begins the path of a socket.
        return hosts.contains { host in
            !host.isEmpty && !["localhost", "::1"].contains(host) && !host.hasPrefix("127.") && !host.hasPrefix("%")
        }
    }

    /// Refuses what libpq would not take, and every password; no message repeats the text, which may have one.
    static func validate(_ text: String) throws {
        if let fault = fault(in: text) { throw ValidationError(fault) }
    }

    private static func fault(in text: String) -> String? {
        if text.hasPrefix(service) {
            let name = text.dropFirst(service.count)
            let isPlain = !name.isEmpty && name.utf8.allSatisfy(isPartOfAName)
            return isPlain
                ? nil
                : "--store: service=NAME takes the name of one entry of the service file, of letters, digits, '-', '_' and '.'; "
                    + "everything else stands in that entry"
        }
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }) else { return Self.otherForm }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return "--store: a database's URI has no spaces and plain letters only; write others as %20 and the like"
        }
        return fault(inRest: text.dropFirst(scheme.count))
    }

    /// Looks at `[user@]host[:port][,…][/database][?name=value&…]`.
    private static func fault(inRest rest: Substring) -> String? {
        // libpq takes all before the first '@' for a user, whatever it is, and what follows a colon there for a password.
        let user = rest.prefix { $0 != "/" }.split(separator: "@", omittingEmptySubsequences: false)
        if user.count > 1, user[0].contains(":") { return hasPassword }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard user.count <= 2, user.count < 2 || !user[0].contains("?"), names.count <= 2,
            !names.dropFirst().contains(where: { $0.contains("@") })
        else {
            return
                "--store: an '@', '/' or '?' that belongs to a name in a database's URI is written as %40, %2F or %3F. "
                + advice
        }
        for setting in parts.count > 1 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
            let name = setting.prefix { $0 != "=" }
            guard !name.isEmpty, name.count < setting.count, name.utf8.allSatisfy(isPartOfAName) else {
                return "--store: what follows the '?' in a database's URI has the form name=value&name=value. \(advice)"
            }
            if ["password", "secret"].contains(where: name.lowercased().contains) { return hasPassword }
        }
        return nil
    }

    private static func isPartOfAName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    // MARK: Words

    /// The beginnings of libpq's other form, `host=… dbname=…`.
    private static let settings = [
        service, "host=", "hostaddr=", "port=", "dbname=", "user=", "password=", "passfile=", "sslmode=",
    ]

    private static let otherForm =
        "--store: name a database as postgresql://user@host/database, in small letters, or as service=NAME"

    private static let hasPassword =
        "--store: this address has a password in it, which every user of this machine can see in the list of processes. Nothing was "
        + "done. \(advice). Change the password: it was seen"

    private static let advice =
        "A password belongs into ~/.pgpass or the file that PGPASSFILE names (mode 0600), into the service file, or into PGPASSWORD "
        + "in the environment; best of all the database needs none, as with peer authentication"
}
