import Foundation
import Testing

extension EndToEnd {
    /// Tools/two-organisations.sh with the executable of this build.
    @Suite struct TwoOrganisations {
        @Test func theExampleRunsAndLeavesNothingBehind() async throws {
            try await Scratch.with { scratch in
                let folder = scratch.file("tmp")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                let result = try await scratch.run(
                    Checkout.tool("two-organisations.sh"), [],
                    environment: ["POPULUS": Checkout.populus.path, "TMPDIR": folder.path], within: .seconds(120))
                #expect(result.status == 0, "\(result.output)")
                #expect(result.stderr.contains("identical to the plaintext count"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
                #expect(Scratch(folder: folder).processes() == [])
            }
        }

        /// What the other side has seen is gone from the file, and nothing else has changed.
        @Test func aNewKeyReplacesTheOneThatOthersHaveSeen() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let helper = deployment.taskFile("helper")
                func member(_ name: String) throws -> [String: String]? {
                    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: helper)))
                    return (json as? [String: Any])?[name] as? [String: String]
                }
                let first = try #require(try member("hpke_key")?["private_key"])
                let before = try await deployment.scratch.populus("task", "show", helper)
                #expect(try await deployment.scratch.populus("task", "rekey", helper).status == 0)
                #expect(try member("hpke_key")?["private_key"] != first)
                #expect(Scratch.text(URL(filePath: helper)).contains(first))
                let dropped = try await deployment.scratch.populus("task", "rekey", "--drop-older", helper)
                #expect(dropped.status == 0 && !Scratch.text(URL(filePath: helper)).contains(first))
                let after = try await deployment.scratch.populus("task", "show", helper)
                func others(_ text: String) -> [Substring] {
                    text.split(separator: "\n").filter { !$0.hasPrefix("HPKE key") }
                }
                #expect(others(before.stdout) == others(after.stdout) && before.stdout != after.stdout)

                let collector = try await deployment.scratch.populus(
                    "task", "rekey", deployment.taskFile("collector"))
                #expect(collector.status == 65)
            }
        }
    }
}
