import Foundation
import Testing

extension EndToEnd {
    /// `discover` says how many reports may turn bad: before it starts, and once the first step has counted them.
    @Suite struct LateRejectionWords {
        @Test func theNumberIsSaidBeforeAndAfterTheFirstStep() async throws {
            try await Deployment.with(bits: 64, taskOptions: ["--max-late-rejections", "5%"]) { deployment in
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "foo\n", count: 40).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let result = try await deployment.discover(
                    threshold: "10", csv: deployment.scratch.file("out.csv"))
                #expect(result.status == 0, "\(result.output)")
                let before = result.stderr.range(of: "none of a batch of 10 reports may turn bad after the first step")
                let after = result.stderr.range(of: "at most 2 of the 40 accepted reports may turn bad")
                let order = try #require(before).lowerBound < #require(after).lowerBound
                #expect(order, "\(result.stderr)")
            }
        }
    }
}
