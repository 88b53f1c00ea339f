import ArgumentParser
import Foundation

extension Terminal {
    /// Refuses to send values to a terminal as they are: clients chose them, and it would obey their codes.
    static func refuse(raw: Bool, csv: String?) throws {
        guard raw, csv == "-", isatty(1) == 1 else { return }
        throw ValidationError(
            "--raw with --csv - on a terminal, which would obey codes in the values; give --csv a file, or no --raw")
    }
}
