import Aggregator
import PopulusDAP

/// Metrics in Prometheus' text format, version 0.0.4.
///
/// Families are in the order of ``MetricFamily``, samples in the order of their text; a family without samples is left out.
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The labels of a sample, in their order; one without a value is left out.
    typealias Labels = [(name: String, value: String?)]

    private var samples: [MetricFamily: [String]] = [:]

    /// Adds a sample.
    mutating func add(_ family: MetricFamily, _ labels: Labels = [], _ value: some Numeric) {
        samples[family, default: []].append("\(family.rawValue)\(Self.text(labels)) \(value)")
    }

    mutating func add(_ family: MetricFamily, _ labels: Labels = [], isTrue: Bool) {
        add(family, labels, isTrue ? 1 : 0)
    }

    /// Adds a whole histogram.
    mutating func add(_ family: MetricFamily, _ labels: Labels = [], _ histogram: Histogram) {
        guard histogram.count > 0 else { return }
        var (lines, sum) = ([String](), UInt64(0))
        for (bound, count) in zip(histogram.bounds.map { Self.text($0) } + ["+Inf"], histogram.counts) {
            sum += count
            lines.append("\(family.rawValue)_bucket\(Self.text(labels + [("le", bound)])) \(sum)")
        }
        lines.append("\(family.rawValue)_sum\(Self.text(labels)) \(histogram.sum)")
        lines.append("\(family.rawValue)_count\(Self.text(labels)) \(sum)")
        samples[family, default: []].append(lines.joined(separator: "\n"))
    }

    var text: String {
        MetricFamily.allCases.compactMap { family -> String? in
            guard let lines = samples[family]?.sorted() else { return nil }
            let head = "# HELP \(family.rawValue) \(family.help)\n# TYPE \(family.rawValue) \(family.kind.rawValue)\n"
            return head + lines.map { $0 + "\n" }.joined()
        }.joined()
    }

    private static func text(_ labels: Labels) -> String {
        let told = labels.compactMap { label in label.value.map { "\(label.name)=\"\(escaped($0))\"" } }
        return told.isEmpty ? "" : "{\(told.joined(separator: ","))}"
    }

    /// What may come from elsewhere, without what ends a label's value.
    private static func escaped(_ value: String) -> String {
        ForeignText.escaped(value).filter { $0 != "\"" && $0 != "\\" }
    }

    /// A bound without the end that Swift gives whole numbers.
    private static func text(_ bound: Double) -> String {
        bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
    }
}
