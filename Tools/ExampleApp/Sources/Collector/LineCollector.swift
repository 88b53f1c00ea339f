import Foundation

/// Collects what an app has to report: here the lines of a file.
public struct LineCollector {
    private let path: String

    /// The lines of that file.
    public init(path: String) { self.path = path }

    /// The lines that are not empty.
    public func lines() throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline).map(String.init)
    }
}
