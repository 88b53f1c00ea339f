#if PostgreSQL
import Aggregator
import CPostgreSQL

/// Where a database is: `postgres://user@host/database`, or libpq's words such as `service=populus`.
///
/// What it does not say libpq takes from the environment, the service file and the password file.
package struct PostgreSQLAddress: Sendable {
    /// libpq's keywords and values, in its order.
    private let given: [(keyword: String, value: String)]

    /// - Throws: `StoreError.unreachable`, without the text: there may be a password in it.
    package init(_ text: String) throws(StoreError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            throw .unreachable(
                "its address cannot be read: give postgres://USER@HOST/DATABASE, with what is no letter or digit "
                    + "written as %20 and the like, or service=NAME")
        }
        defer { PQconninfoFree(options) }
        var given: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        self.given = given
    }

    /// Whether a text is such an address, and not the name of a file.
    package static func isOne(_ text: String) -> Bool {
        ["postgres://", "postgresql://", "service="].contains { text.hasPrefix($0) }
    }

    private func value(_ keyword: String) -> String? { given.first { $0.keyword == keyword }?.value }

    /// Whether the address itself has a password, which others may read in the list of processes.
    package var hasPassword: Bool { value("password") != nil }

    /// What libpq is told: what was given, and the limits where nothing was.
    func words(name: String, limits: PostgreSQLLimits) -> PostgreSQLWords {
        let own = [
            ("application_name", name), ("client_encoding", "UTF8"), ("connect_timeout", "\(limits.connect)"),
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(limits.acknowledgement * 1000)"),
        ]
        return PostgreSQLWords(given + own.filter { value($0.0) == nil })
    }
}

extension PostgreSQLAddress: CustomStringConvertible {
    /// The address for people: without its password.
    package var description: String {
        if let service = value("service") { return "service=\(service)" }
        let user = value("user").map { "\($0)@" } ?? ""
        let port = value("port").map { ":\($0)" } ?? ""
        let host = value("host") ?? value("hostaddr") ?? ""
        return "postgres://\(user)\(host)\(port)/\(value("dbname") ?? "")"
    }
}

/// Keywords and values as libpq takes them.
struct PostgreSQLWords {
    private let words: [(keyword: String, value: String)]

    init(_ words: [(String, String)]) { self.words = words }

    /// Calls `body` with both, each ended by a null.
    func withPointers<T>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> T
    ) -> T {
        let copies = words.map { (Self.copy($0.keyword), Self.copy($0.value)) }
        // The password is among them.
        defer {
            for copy in copies.flatMap({ [$0.0, $0.1] }) {
                copy.update(repeating: 0)
                copy.deallocate()
            }
        }
        var keywords = copies.map { UnsafePointer($0.0.baseAddress) }
        var values = copies.map { UnsafePointer($0.1.baseAddress) }
        keywords.append(nil)
        values.append(nil)
        return body(keywords, values)
    }

    private static func copy(_ text: String) -> UnsafeMutableBufferPointer<CChar> {
        let characters = Array(text.utf8CString)
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: characters.count)
        _ = copy.initialize(from: characters)
        return copy
    }
}
#endif
