import Foundation
import PopulusKernels

/// What a benchmark ran on.
package enum Machine {
    /// The processor's name as the operating system gives it.
    package static let cpu: String = {
        // Where the system has no such file the processor has no name.
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown CPU"
    }()

    /// The kernels' path that was chosen at start.
    package static var path: String { "\(ProcessorPath.current)" }
}

/// One JSON object: snake case, sorted keys; on one line, unless it is to be read by people too.
package func json(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
        pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A number with so many digits behind the point.
package func format(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
