import Foundation

/// What documents may name: the words of the code, the names of its files, the options of its commands.
struct Names {
    /// Words that no file of the code has, and that are right all the same.
    private static let others: Set<String> = [
        "VACUUM",  // SQLite's command
        "BITS",  // the specifications' letter for a number
    ]
    /// Options of other programs.
    private static let otherOptions: Set<String> = ["--ignore-missing"]

    private(set) var words = others
    private(set) var files = patterns
    private(set) var options = otherOptions

    /// Names that stand for any.
    private static let patterns: Set<String> = ["Type+Concern.swift"]

    init() throws {
        let suffixes: Set<String> = ["swift", "c", "h", "py", "sh", "md", ""]
        for folder in ["Sources", "Tests", "Tools"] {
            for path in try FileManager.default.subpathsOfDirectory(
                atPath: Checkout.root.appending(path: folder).path)
            {
                // The sample texts of these tests name what is not there.
                guard !path.hasPrefix("DocumentTests/") else { continue }
                let name = (path as NSString).lastPathComponent
                files.insert(name)
                words.insert(name)
                let suffix = (name as NSString).pathExtension
                guard suffixes.contains(suffix), suffix != "md" else { continue }
                // Folders, and files that are no text.
                guard let text = try? Checkout.text("\(folder)/\(path)") else { continue }
                read(text)
            }
        }
        files.insert("Package.swift")
    }

    private mutating func read(_ text: String) {
        for word in text.split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber || $0 == "_") }) {
            words.insert(String(word))
            // An option is a property of a command, with hyphens before what were large letters.
            guard word.first?.isLowercase == true else { continue }
            options.insert("--" + word.map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }.joined())
        }
        options.formUnion(text.matches(of: /--[a-z][a-z-]+/).map { String($0.output) })
    }
}
