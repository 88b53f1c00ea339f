import BenchmarkSupport

/// What was measured of one variant.
struct Row {
    static let operations = ["shard", "Leader's verify-init", "Helper's verify-init"]

    let name: String
    let reference: Reference
    /// One an operation.
    let timings: [Timing]
    /// Of one AES block while this was measured.
    let block: Timing
}

/// All rows, as a table or as JSON.
struct Report {
    let cpu: String
    let path: String
    let encoded: Bool
    let rows: [Row]

    var text: String {
        var lines = ["\(cpu), path \(path), one thread; \(encoded ? "encoded messages" : "messages in memory")"]
        for row in rows {
            lines.append("")
            let (median, best) = (format(row.block.median, 2), format(row.block.best, 2))
            lines.append("\(row.name)   (AES block: median \(median) ns, best \(best) ns)")
            lines.append(
                line(["", "median", "best", "median", "best", "libprio-rs", "best", "ratio", "best"]))
            lines.append(line(["", "us", "us", "blocks", "blocks", "blocks", "blocks", "median", ""]))
            for (i, operation) in Row.operations.enumerated() {
                let multiple = row.timings[i].multiple(of: row.block)
                let reference = row.reference.multiple(i)
                lines.append(
                    line([
                        operation, format(row.timings[i].median / 1000, 2), format(row.timings[i].best / 1000, 2),
                        format(multiple.median, 0), format(multiple.best, 0), format(reference.median, 0),
                        format(reference.best, 0), format(multiple.median / reference.median, 2),
                        format(multiple.best / reference.best, 2),
                    ]))
            }
        }
        lines.append("")
        let nanoseconds = format(Reference.blockNanoseconds, 2)
        lines.append("libprio-rs: measured where a block takes \(nanoseconds) ns. Below 1: faster.")
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [String]) -> String {
        cells.enumerated().map { i, cell in
            let padding = String(repeating: " ", count: max(0, (i == 0 ? 21 : 11) - cell.count))
            return i == 0 ? cell + padding : padding + cell
        }.joined()
    }

    func json() throws -> String {
        let object = Object(
            cpu: cpu, path: path, encoded: encoded, referenceBlockNanoseconds: Reference.blockNanoseconds,
            rows: rows.map { row in
                Object.Row(
                    name: row.name, aesBlockNanoseconds: row.block,
                    operations: Row.operations.indices.map { i in
                        Object.Operation(
                            name: Row.operations[i], nanoseconds: row.timings[i],
                            aesBlocks: row.timings[i].multiple(of: row.block),
                            libprioAESBlocks: row.reference.multiple(i))
                    })
            })
        return try BenchmarkSupport.json(object, pretty: true)
    }

    private struct Object: Codable {
        var cpu: String
        var path: String
        var encoded: Bool
        var referenceBlockNanoseconds: Double
        var rows: [Row]

        struct Row: Codable {
            var name: String
            var aesBlockNanoseconds: Timing
            var operations: [Operation]
        }

        struct Operation: Codable {
            var name: String
            var nanoseconds: Timing
            var aesBlocks: Timing
            var libprioAESBlocks: Timing
        }
    }
}
