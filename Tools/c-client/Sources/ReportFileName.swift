import PopulusDAP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The name of a report's file: its number, so that names are in the order of reports, and its ID.
struct ReportFileName {
    static let ending = ".report"

    let number: UInt64
    let id: ReportID

    init(number: UInt64, id: ReportID) {
        self.number = number
        self.id = id
    }

    /// Nil for a file that is none.
    init?(_ name: String) {
        guard name.hasSuffix(Self.ending) else { return nil }
        let parts = name.dropLast(Self.ending.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, let number = UInt64(parts[0], radix: 16),
            let id = ReportID(base64URL: parts[1])
        else { return nil }
        self.init(number: number, id: id)
    }

    var text: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits + "." + id.base64URL + Self.ending
    }
}
