import Foundation

/// A page, and what it names.
struct Document {
    private let folder: String
    /// Without blocks of code, which are examples.
    private let text: String

    init(_ text: String, folder: String) {
        self.folder = folder
        var isCode = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            let isFence = line.drop(while: \.isWhitespace).hasPrefix("```")
            if isFence { isCode.toggle() }
            return !isFence && !isCode
        }
        self.text = lines.joined(separator: "\n")
    }

    /// What the page names and is not there, in words.
    func faults(_ names: Names) -> [String] {
        Set(text.matches(of: /`([^`\n]+)`/).map { String($0.output.1) }).sorted()
            .compactMap { fault(inCode: $0, names) }
            + Set(text.matches(of: /\]\(([^()#\s]+)\)/).map { String($0.output.1) }).sorted()
            .filter { !$0.contains(":") && !isThere("\(folder)/\($0)") }.map { "nothing is at \($0)" }
            + Set(text.matches(of: /<doc:([A-Za-z]+)>/).map { String($0.output.1) }).sorted()
            .filter { !isThere("\(folder)/\($0).md") }.map { "there is no article \($0) beside it" }
    }

    /// What is wrong with words between backticks.
    private func fault(inCode code: String, _ names: Names) -> String? {
        if code.wholeMatch(of: /(Sources|Tests|Tools|Vectors)\/[A-Za-z0-9_.\/+-]*/) != nil {
            return isThere(code) ? nil : "there is no \(code)"
        }
        if code.wholeMatch(of: /[A-Z][A-Za-z0-9]*\+?[A-Za-z0-9]*\.(swift|md|sh)/) != nil {
            return names.files.contains(code) ? nil : "there is no file \(code)"
        }
        if code.wholeMatch(of: /[A-Z][A-Za-z0-9]+([.\/][A-Za-z0-9]+)*/) != nil {
            let unknown = code.split(whereSeparator: { $0 == "." || $0 == "/" }).first {
                !names.words.contains(String($0))
            }
            return unknown.map { "nothing is called \($0)" }
        }
        guard let option = code.prefixMatch(of: /--[a-z][a-z-]+/).map({ String($0.output) }) else { return nil }
        return names.options.contains(option) ? nil : "there is no option \(option)"
    }

    private func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: Checkout.root.appending(path: path).path)
    }
}
