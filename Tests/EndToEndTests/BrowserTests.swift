import Foundation
import Testing

extension EndToEnd {
    /// The browser module in headless Chromium, from pages of another origin than the aggregators'.
    @Suite struct Browser {
        private static let chromium = "/usr/bin/chromium-headless-shell"

        /// The test script says what it checks besides: cap, consent, a full storage, an insecure context.
        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: chromium)))
        func aPageReportsAndTheWalkFindsItsStrings() async throws {
            let scheme = ["--vdaf", "poplar1", "--bits", "256", "--encoding", "url"]
            try await Deployment.with(bits: 256, scheme: scheme, start: false) { deployment in
                let scratch = deployment.scratch
                for role in [Deployment.Role.helper, .leader] {
                    try await deployment.start(role, options: ["--allow-origin", "*"])
                }
                let strings = [(40, 0), (25, 1), (15, 2), (12, 3), (5, 4), (3, 5)].flatMap { count, number in
                    Array(repeating: "https://example.org/crash/\(number)", count: count)
                }
                let file = try scratch.write(JSONEncoder().encode(strings), to: "strings.json")
                let built = try await scratch.run(Checkout.tool("browser-client/build.sh"), [], within: .seconds(600))
                try #require(built.status == 0, "\(built.output)")
                let script = Checkout.tool("browser-client/tests/browser.mjs").path
                let folder = Checkout.root.appending(path: ".build-browser").path
                let page = try await scratch.run(
                    URL(filePath: "/usr/bin/env"), ["node", script, folder, deployment.taskFile("client"), file.path])
                #expect(page.status == 0 && page.stdout == "passed\n", "\(page.output)")

                let csv = scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                let lines = Scratch.text(csv).components(separatedBy: "\r\n").dropFirst().filter { !$0.isEmpty }
                #expect(
                    lines == [
                        "https://example.org/crash/0,40,0.400000", "https://example.org/crash/1,25,0.250000",
                        "https://example.org/crash/2,15,0.150000", "https://example.org/crash/3,12,0.120000",
                    ])
            }
        }
    }
}
