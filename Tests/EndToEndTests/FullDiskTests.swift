import Foundation
import Testing

extension EndToEnd {
    /// A disk that fills up while reports come in.
    @Suite(.enabled(if: SmallDisk.isPossible, "no process may mount a disk here")) struct FullDisk {
        /// What was accepted stays, what did not fit is refused in words, and goes in when there is room: each report once.
        @Test func uploadsGoOnWhenThereIsRoom() async throws {
            try await Deployment.with(bits: 128, start: false) { deployment in
                let disk = try SmallDisk(in: deployment.scratch, size: 48 << 20, free: 8 << 20)
                try await deployment.start(.helper)
                let leader = try await deployment.start(.leader, on: disk)
                // Some 16 MB of reports.
                let lines = try deployment.scratch.write(
                    Data((0..<1800).map { "word \($0 % 7)\n" }.joined().utf8), to: "lines")
                let upload = try RunningProcess(
                    Checkout.populus, ["upload", "--task", deployment.taskFile("client"), lines.path], name: "upload",
                    in: deployment.scratch)
                try await wait(for: "the disk to be full", within: .seconds(60)) {
                    upload.output.contains("507: The disk is full. Nothing was stored") ? () : nil
                }
                #expect(upload.exitStatus == nil && leader.exitStatus == nil)
                // It would try again for a minute.
                upload.send(SIGINT)
                #expect(try await upload.end(within: .seconds(30)) != 0)
                try disk.makeRoom(for: leader)
                let resumed = try await deployment.scratch.run(
                    Checkout.populus, ["upload", "--task", deployment.taskFile("client"), "--resume", lines.path],
                    within: .seconds(90))
                #expect(resumed.status == 0, "\(resumed.output)")

                let csv = deployment.scratch.file("out.csv")
                let found = try await deployment.discover(threshold: "10", csv: csv)
                #expect(found.status == 0, "\(found.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// The Helper has no room for a walk's shares: 507, in words, and the walk goes on when there is room.
        @Test func aWalkWaitsForRoom() async throws {
            try await Deployment.with(bits: 256, start: false) { deployment in
                // Some 8 MB of opened shares.
                let disk = try SmallDisk(in: deployment.scratch, size: 48 << 20, free: 6 << 20)
                let helper = try await deployment.start(.helper, on: disk)
                let leader = try await deployment.start(.leader)
                let lines = try deployment.scratch.write(
                    Data((0..<640).map { "word \($0 % 7)\n" }.joined().utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let csv = deployment.scratch.file("out.csv")
                let walk = try deployment.startDiscovery(threshold: "10", csv: csv)
                try await wait(for: "the Helper's word", within: .seconds(60)) {
                    helper.output.contains("the disk is full") ? () : nil
                }
                try await wait(for: "the Leader's word", within: .seconds(60)) {
                    leader.output.contains("507") && leader.output.contains("disk is full") ? () : nil
                }
                #expect(!helper.output.contains("errno") && !helper.output.contains("503"), "\(helper.output)")
                try disk.makeRoom(for: helper)
                #expect(try await walk.end(within: .seconds(90)) == 0, "\(walk.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// What is found to be full when the Leader starts is said, and nothing else happens.
        @Test func aFullDiskAtTheStart() async throws {
            try await Deployment.with(bits: 128, start: false) { deployment in
                let disk = try SmallDisk(in: deployment.scratch, size: 1 << 20, free: 0)
                let started = await #expect(throws: HarnessError.self) { try await deployment.start(.leader, on: disk) }
                let said = try #require(started).description
                #expect(said.contains("full") && !said.contains("ready on"), "\(said)")
            }
        }
    }
}
