import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles
import PopulusVDAF
import PopulusWireCodec
import Testing

extension EndToEnd {
    /// Damaged reports of a walk: the Collector learns how many which aggregator rejected and why, in every form.
    @Suite struct RejectedReportsOfAWalk {
        /// Who gets a damaged share; its input share is too short.
        private static let damaged: [Role] = [.leader, .helper, .helper]

        /// An upload of reports with a damaged share each, made with the Client's own means.
        private func upload(_ file: TaskFile, _ configs: HpkeConfigs, bits: Int) throws -> [UInt8] {
            var request = WireWriter(capacity: 1 << 16)
            let maker = try ReportMaker(
                taskID: file.taskID, configuration: file.configuration, leader: configs.leader, helper: configs.helper)
            for role in Self.damaged {
                let id = ReportID.random()
                var shares = try maker.shard(.bits(Prefix(bits: (0..<bits).map { $0 % 3 == 0 })), id: id)
                shares.inputShares[role == .leader ? 0 : 1].removeLast()
                request.append(try maker.seal(shares, id: id))
            }
            return request.bytes
        }

        @Test func areToldByPartyAndReason() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let scratch = deployment.scratch
                let file = try TaskFile(readingFrom: deployment.taskFile("client"), as: .client)
                let requester = DAPRequester()
                let transport = HTTPUploadTransport(
                    task: file.taskID, configuration: file.configuration, requester: requester)
                let request = try upload(file, try await transport.hpkeConfigs(), bits: 64)
                #expect(try await transport.upload(request).errors.status.isEmpty)
                await requester.shutdown()
                let lines = try scratch.write(Data(String(repeating: "foo\n", count: 40).utf8), to: "lines")
                try await deployment.uploadAll(lines)

                let kept = scratch.file("results.sqlite").path
                let found = try await deployment.discover(
                    threshold: "10", csv: scratch.file("out.csv"), options: ["--results", kept])
                #expect(found.status == 0, "\(found.output)")
                let words =
                    "rejected reports: 3; 1 by the leader: invalid_message (it does not decode); 2 by the helper: "
                #expect(found.stdout.contains(words), "\(found.output)")
                let json =
                    #""rejections":[{"party":"leader","reason":"invalid_message","count":1},"#
                    + #"{"party":"helper","reason":"invalid_message","count":2}]"#
                #expect(scratch.text("out.csv.json").contains(json), "\(scratch.text("out.csv.json"))")

                let shown = try await scratch.run(Checkout.populus, ["results", "show", kept])
                #expect(shown.stdout.contains("rejected   2 by the helper: invalid_message"), "\(shown.output)")
                let exported = try await scratch.run(Checkout.populus, ["results", "export", kept, "--json"])
                #expect(
                    exported.stdout.contains(json) && exported.stdout.contains(#""rejected":3"#), "\(exported.output)")
                // The result that is kept beside the task has them too.
                let again = try await scratch.run(
                    Checkout.populus, ["discover", "--task", deployment.taskFile("collector"), "--again", "--json"])
                #expect(again.stdout.contains(json), "\(again.output)")
            }
        }
    }
}
