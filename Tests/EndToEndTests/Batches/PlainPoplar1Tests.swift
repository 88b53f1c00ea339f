import Foundation
import Testing

extension EndToEnd {
    /// Poplar1 without walks: a batch is counted once, for candidates from a file.
    @Suite struct PlainPoplar1 {
        private static let scheme = ["--vdaf", "poplar1", "--bits", "128", "--without-walk"]
        private static let words = ["apple", "apricot", "banana", "cherry", "apple/pie"]

        /// Thirteen apples, eleven apricots, nine bananas and so on.
        private static let lines = words.enumerated().flatMap { index, word in
            Array(repeating: word, count: 13 - 2 * index)
        }

        @Test(arguments: ["leader-selected", "time-interval"])
        func candidatesAreCounted(mode: String) async throws {
            let taskOptions = mode == "time-interval" ? RecentTime.taskOptions : ["--batch-mode", mode]
            try await Deployment.with(scheme: Self.scheme, taskOptions: taskOptions) { deployment in
                let input = try deployment.scratch.write(
                    Data(Self.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(input)
                // In no order, with strings that nobody holds.
                let candidates = try deployment.scratch.write(
                    Data("cherry\nnobody\n\napple\napricot\n=1+1\n".utf8), to: "candidates")
                let options = ["--candidates", candidates.path] + (mode == "time-interval" ? RecentTime().options : [])
                let collected = try await deployment.collect(["--json"] + options)
                let object = try CollectedObject(collected.stdout)
                #expect(object.result == [7, 0, 13, 11, 0] && object.reports == Self.lines.count)
                let named = object.members["candidates"] as? [String]
                #expect(named == ["cherry", "nobody", "apple", "apricot", "=1+1"])
                #expect(object.members["level"] as? Int == 127)
            }
        }

        @Test func beginningsAreCounted() async throws {
            try await Deployment.with(scheme: Self.scheme) { deployment in
                let input = try deployment.scratch.write(
                    Data(Self.lines.joined(separator: "\n").utf8), to: "lines")
                try await deployment.uploadAll(input)
                let wrong = try deployment.scratch.write(Data("ap\nban\n".utf8), to: "wrong")
                let refused = try await deployment.collect(["--candidates", wrong.path, "--prefixes"])
                #expect(refused.status == 65 && refused.stderr.contains("line 2 has another length than line 1"))
                let candidates = try deployment.scratch.write(Data("ba\nap\nzz".utf8), to: "candidates")
                let csv = deployment.scratch.file("out.csv")
                let collected = try await deployment.collect(
                    ["--candidates", candidates.path, "--prefixes", "--csv", csv.path])
                #expect(collected.status == 0, "\(collected.output)")
                let rows = Scratch.text(csv).components(separatedBy: "\r\n").dropFirst().dropLast()
                #expect(
                    rows.map { $0.split(separator: ",").prefix(2).joined(separator: ",") } == [
                        "ba,9", "ap,29", "zz,0",
                    ])
                #expect(rows.allSatisfy { $0.contains(",\(Self.lines.count),") })
            }
        }
    }
}
