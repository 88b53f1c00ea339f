import Foundation
import Testing

extension EndToEnd {
    /// Draws from the real data beside the repository; skipped where it is absent.
    @Suite struct RealData {
        static let domains = "opendns-top-domains.txt"
        static let urls = "test-list-urls.txt"

        /// The load of the paper's prototype, which needs 119 to 135 s for the walk on the reference machine.
        @Test(.enabled(if: Checkout.hasShared(domains), "SKIPPED: ../shared/data/\(domains) is not there"))
        func tenThousandDomains() async throws {
            try await Deployment.with(bits: 256) { deployment in
                let scratch = deployment.scratch
                let lines = try await scratch.make(
                    "lines", with: "draw-zipf", "--seed", "1", "--count", "10000", "--exponent", "1.03",
                    "--max-bytes", "31", Checkout.shared(Self.domains).path)
                let upload = try await deployment.upload(lines)
                #expect(upload.status == 0, "\(upload.output)")

                // The time of the whole command bounds the time from its first collection request.
                let csv = scratch.file("out.csv")
                let discover = try await deployment.discover(threshold: "0.1%", csv: csv)
                #expect(discover.status == 0, "\(discover.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "0.1%")
                let memory = Deployment.Role.allCases.map { deployment.running[$0]?.peakMemoryKiB ?? .max }
                print(
                    """
                    figures: 10,000 domains, 256 bits, threshold 0.1%: upload \(upload.elapsed), \
                    discovery \(discover.elapsed), peak memory of Leader and Helper \(memory.map { $0 / 1_024 }) MiB
                    """)
                #expect(discover.elapsed <= .seconds(60))
                #expect(memory.allSatisfy { $0 < 1 << 20 })
            }
        }

        @Test(.enabled(if: Checkout.hasShared(urls), "SKIPPED: ../shared/data/\(urls) is not there"))
        func fiveThousandLongURLs() async throws {
            try await Deployment.with(bits: 1_024) { deployment in
                let scratch = deployment.scratch
                let lines = try await scratch.make(
                    "lines", with: "draw-zipf", "--seed", "1", "--count", "5000", "--exponent", "1.03",
                    "--max-bytes", "127", "--append-longer", Checkout.shared(Self.urls).path)
                let upload = try await deployment.upload(lines)
                #expect(upload.status == 1)
                // 27 lines are too long: twenty are named.
                let named = upload.stderr.split(separator: "\n").filter { $0.contains(": left out: ") }
                #expect(named.count == 20 && upload.stderr.contains("… and 7 more"), "\(upload.stderr)")
                for line in named { #expect(line.hasPrefix("line 50"), "\(line)") }
                #expect(!upload.stderr.contains("line 5000"))

                let csv = scratch.file("out.csv")
                let discover = try await deployment.discover(threshold: "20", csv: csv)
                #expect(discover.status == 0, "\(discover.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "20")
                let rows = Scratch.text(csv).split(separator: "\r\n").count - 1
                #expect(rows >= 20)
                print(
                    """
                    figures: 5,000 URLs, 1,024 bits, threshold 20: upload \(upload.elapsed), \
                    discovery \(discover.elapsed), \(rows) values
                    """)
            }
        }
    }
}
