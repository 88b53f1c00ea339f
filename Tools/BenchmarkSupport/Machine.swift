import Foundation
import PopulusKernels

/// What a benchmark ran on.
package enum Machine {
    /// The processor's name as the operating system gives it, its model in numbers, since virtual machines hide the name, and
    /// how wide its VAES is.
    package static let cpu: String = {
        // Where the system has no such file the processor has no name.
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let lines = information.split(separator: "\n")
        func value(_ name: String) -> String? {
            let line = lines.first { $0.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces) == name }
            return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        }
        let numbers = [("family", "cpu family"), ("model", "model"), ("stepping", "stepping")].compactMap { name, key in
            value(key).map { "\(name) \($0)" }
        }
        return "\(value("model name") ?? "unknown CPU") (\((numbers + [vaes]).joined(separator: ", ")))"
    }()

    private static var vaes: String {
        let paths = ProcessorPath.available
        return paths.contains(.avx512) ? "VAES of 512 bits" : paths.contains(.vaes) ? "VAES of 256 bits" : "no VAES"
    }

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
