import Foundation

/// The Swift file that holds the tables: their bytes in base64, since a literal of a string compiles quickly and one of an
/// array does not.
package enum TableSource {
    package static func file(_ tables: [UInt8], urls: String, domains: String, seed: UInt64) -> String {
        let text = Array(Data(tables).base64EncodedString())
        let lines = stride(from: 0, to: text.count, by: 112).map { String(text[$0..<min($0 + 112, text.count)]) }
        return """
            // Made by the program url-model. `url-1` keeps these tables for ever: others would be another version.

            /// The tables of `url-1`, made from one half of \(urls) (seed \(seed)) and from \(domains).
            enum URLTables {
                static var bytes: [UInt8] { Base64Lines.decode(base64) }

                private static let base64 = \"\"\"
            \(lines.map { "        " + $0 }.joined(separator: "\n"))
                    \"\"\"
            }

            """
    }
}
