import Foundation
import Testing

/// The browser module in headless Chromium, from pages of another origin than the aggregators'.
enum BrowserPage {
    /// Reports each line from a page; the script says what it checks besides: cap, consent, a full storage, an insecure context.
    static func report(_ deployment: Deployment, _ lines: [String]) async throws {
        let scratch = deployment.scratch
        let file = try scratch.write(JSONEncoder().encode(lines), to: "strings.json")
        let built = try await scratch.run(Checkout.tool("browser-client/build.sh"), [], within: .seconds(540))
        guard built.status == 0 else { throw HarnessError("no browser module: \(built.output)") }
        let script = Checkout.tool("browser-client/tests/browser.mjs").path
        let folder = Checkout.root.appending(path: ".build-browser").path
        let page = try await scratch.run(
            URL(filePath: "/usr/bin/env"), ["node", script, folder, deployment.taskFile("client"), file.path],
            within: .seconds(300))
        #expect(page.status == 0 && page.stdout == "passed\n", "\(page.output)")
    }
}
