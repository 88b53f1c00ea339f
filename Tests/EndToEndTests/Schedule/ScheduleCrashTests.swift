import Foundation
import Testing

extension EndToEnd.Schedules {
    /// What was told to a program, each notice as it came: a file for each time that the program ran.
    private struct Told {
        let program: URL
        private let folder: URL

        init(in scratch: Scratch) throws {
            folder = scratch.file("told")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            program = try scratch.write(Data("#!/bin/sh\nexec cat > \(folder.path)/$$\n".utf8), to: "tell")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program.path)
        }

        /// By the time at which they were made.
        var notices: [[String: Any]] {
            get throws {
                try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                    .compactMap { try JSONSerialization.jsonObject(with: Data(contentsOf: $0)) as? [String: Any] }
                    .sorted { ($0["time"] as? Int ?? 0) < ($1["time"] as? Int ?? 0) }
            }
        }

        func options(_ rules: String...) -> [String] {
            ["--notify-command", program.path] + rules.flatMap { ["--notify-when", $0] }
        }
    }

    /// Everything is killed with -9 at any moment of a week: the Collector each time, and with it one store's process.
    @Test func everyBatchOfAWeekIsWalkedOnceThoughStoresAreKilledToo() async throws {
        try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
            for days in 1...7 {
                try await Self.upload(
                    deployment, daysAgo: days, [("all", 20), ("day \(days)", 10 + days), ("rare", 9)])
            }
            let told = try Told(in: deployment.scratch)
            let options =
                ["--once", "--since", "\(Self.midnight - 7 * Self.day)", "--bits-per-step", "2"]
                + told.options("new-over=10")
            var pauses: [Int] = []
            for round in 0..<15 {
                let process = try RunningProcess(
                    Checkout.populus, Self.arguments(deployment, options), name: "schedule", in: deployment.scratch)
                pauses.append(Int.random(in: 50...1_200))
                try await Task.sleep(for: .milliseconds(pauses[round]))
                let role = Deployment.Role.allCases[round % 2]
                try await deployment.kill(role)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...100)))
                process.send(SIGKILL)
                _ = try await process.end(within: .seconds(10))
                try await deployment.start(role)
            }
            let ended = try await deployment.scratch.run(
                Checkout.populus, Self.arguments(deployment, options), within: .seconds(300))
            #expect(ended.status == 0, "\(pauses): \(ended.output)")
            let expected = (1...7).map { days in
                (Self.midnight - days * Self.day, ["all": 20, "day \(days)": 10 + days])
            }
            #expect(try await Self.kept(deployment) == Dictionary(uniqueKeysWithValues: expected), "\(pauses)")
            let again = try await Self.run(deployment, options)
            #expect(again.status == 0 && again.stderr.contains("no interval is due"), "\(again.output)")
            try expectOneNoticeADay(told.notices, pauses)
        }
    }

    /// Of each day but the first a notice came; one that came twice has the ID that it had.
    private func expectOneNoticeADay(_ notices: [[String: Any]], _ pauses: [Int]) throws {
        let walks = notices.filter { $0["kind"] as? String == "walk" }
        var ids: [Int: Set<String>] = [:]
        for notice in walks {
            let start = try #require((notice["batch"] as? [String: Any])?["start"] as? Int)
            ids[start, default: []].insert(try #require(notice["id"] as? String))
        }
        #expect(Set(ids.keys) == Set((1...6).map { Self.midnight - $0 * Self.day }), "\(pauses): \(notices)")
        #expect(ids.values.allSatisfy { $0.count == 1 }, "\(pauses): \(notices)")
    }

    /// A batch of which it was told that it has too few reports is told once more when its walk comes to nothing, and
    /// nothing but results comes on standard output.
    @Test func aWalkThatCameToNothingIsToldOnceAndNotAskedAgain() async throws {
        try await Deployment.with(bits: 512, taskOptions: Self.taskOptions) { deployment in
            let told = try Told(in: deployment.scratch)
            let options = ["--once", "--bits-per-step", "1"] + told.options("failed", "uploads-below=10")
            try await Self.upload(deployment, daysAgo: 1, [("a", 5)])
            for _ in 0..<2 {
                let few = try await Self.run(deployment, options)
                #expect(few.status == 75, "\(few.output)")
            }
            try await Self.upload(deployment, daysAgo: 1, [(String(repeating: "b", count: 60), 20)])
            let process = try RunningProcess(
                Checkout.populus, Self.arguments(deployment, options), name: "schedule", in: deployment.scratch)
            try await deployment.midWalk(process)
            process.send(SIGKILL)
            _ = try await process.end(within: .seconds(10))
            // Meanwhile the walk's life ends by the aggregators' clocks.
            let clock = try await OtherClock(ahead: 8 * Self.day, in: deployment.scratch)
            for role in Deployment.Role.allCases { try await deployment.kill(role) }
            try await deployment.start(.helper, clock: clock)
            try await deployment.start(.leader, clock: clock)
            let spent = try await Self.run(deployment, options)
            #expect(spent.status == 76 && spent.stderr.contains("will not be asked again"), "\(spent.output)")
            #expect(spent.stdout.isEmpty, "\(spent.stdout)")
            #expect(deployment.scratch.text("task/collector.walk.json").isEmpty)
            let none = try await Self.run(deployment, options)
            #expect(none.status == 0 && none.stderr.contains("no interval is due"), "\(none.output)")
            let kinds = try told.notices.map { $0["kind"] as? String }
            #expect(kinds == ["too_few_reports", "failed"], "\(kinds)")
        }
    }

    /// A clock that is ahead for a day loses no batch that is still made up for by the right one.
    @Test func aClockThatIsAheadLosesNothing() async throws {
        try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
            for (days, count) in [(3, 5), (2, 20), (1, 5)] {
                try await Self.upload(deployment, daysAgo: days, [("day \(days)", count)])
            }
            let options = ["--once", "--make-up", "3", "--since", "\(Self.midnight - 3 * Self.day)"]
            let few = try await Self.run(deployment, options)
            #expect(few.status == 75, "\(few.output)")
            let clock = try await OtherClock(ahead: Self.day, in: deployment.scratch)
            let early = try await deployment.scratch.run(
                Checkout.populus, Self.arguments(deployment, options), environment: clock.environment)
            #expect(early.status == 75, "\(early.output)")
            #expect(!early.stderr.contains("will not be made up for"), "\(early.output)")
            for days in [3, 1] { try await Self.upload(deployment, daysAgo: days, [("day \(days)", 15)]) }
            let done = try await Self.run(deployment, options)
            #expect(done.status == 0, "\(done.output)")
            #expect(
                try await Self.kept(deployment)
                    == Dictionary(
                        uniqueKeysWithValues: (1...3).map { (Self.midnight - $0 * Self.day, ["day \($0)": 20]) }))
        }
    }

    /// While somebody else walks with the same state the schedule waits, and does not end.
    @Test func anotherWalkOfTheTaskIsWaitedFor() async throws {
        try await Deployment.with(bits: 512, taskOptions: Self.taskOptions) { deployment in
            try await Self.upload(deployment, daysAgo: 1, [(String(repeating: "b", count: 60), 20)])
            let interval = ["--since", "\(Self.midnight - Self.day)", "--until", "\(Self.midnight)"]
            let walk = try deployment.startDiscovery(
                threshold: "10", csv: deployment.scratch.file("out.csv"), options: ["--bits-per-step", "1"] + interval)
            try await deployment.midWalk(walk)
            walk.send(SIGSTOP)
            let options = ["--bits-per-step", "1"]
            let schedule = try RunningProcess(
                Checkout.populus, Self.arguments(deployment, options), name: "schedule", in: deployment.scratch)
            try await wait(for: "its words", within: .seconds(30)) {
                Scratch.text(schedule.stderr).contains("is walking") ? () : nil
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(schedule.exitStatus == nil, "\(schedule.output)")
            schedule.send(SIGTERM)
            #expect(try await schedule.end(within: .seconds(10)) == 143)
            walk.send(SIGCONT)
            #expect(try await walk.end(within: .seconds(120)) == 0, "\(walk.output)")
            // What was walked by hand is kept beside the task, and gets into the file of results.
            let done = try await Self.run(deployment, ["--once"] + options)
            #expect(done.status == 0, "\(done.output)")
            #expect(try await Self.kept(deployment).count == 1)
        }
    }
}
