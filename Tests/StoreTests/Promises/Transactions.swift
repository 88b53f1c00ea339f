import Aggregator
import Dispatch
import PopulusDAP
import Testing

/// Transactions: each is whole, and what several did is what they would have done one after the other; quick ones first.
extension StorePromise {
    static let transactions = [
        StorePromise("of several writes at once none is lost") { bench in
            let (first, second) = try bench.further()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    let store = number % 2 == 0 ? first : second
                    group.addTask {
                        try await store.write("check") { transaction in
                            var bucket = try transaction.bucket(BatchBucketKey(1)) ?? .at(1, count: 0)
                            bucket.count += 1
                            try transaction.putBucket(bucket)
                            try transaction.upload(number, in: .open)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let (count, uploads) = try await second.read("check") { transaction in
                (try transaction.countCommitted(.times(1...1)), try transaction.countReports(in: .all))
            }
            bench.expect(count, is: 30, "what was added")
            bench.expect(uploads, is: 30, "uploads")
        },
        StorePromise("a read sees one state, while others write") { bench in
            let (first, second) = try bench.further()
            @Sendable func put(_ count: UInt64) async throws {
                try await first.write("check") { transaction in
                    try transaction.putBucket(.at(1, count: count))
                    try transaction.putBucket(.at(2, count: count))
                    try transaction.insertResource(.numbered(Int(count), digest: 1))
                }
            }
            try await put(0)
            let hasEnded = Slot(false)
            async let readings = {
                var readings: [[UInt64]] = []
                while hasEnded.value == false || readings.isEmpty {
                    readings.append(
                        try await second.read("check") { transaction in
                            let one = try transaction.bucket(BatchBucketKey(1))?.count ?? 99
                            pause(milliseconds: 2)
                            let other = try transaction.bucket(BatchBucketKey(2))?.count ?? 99
                            return [one, other, UInt64(try transaction.runningResources().count) - 1]
                        })
                }
                return readings
            }()
            for count in 1...20 as ClosedRange<UInt64> {
                try await put(count)
                try await Task.sleep(for: .milliseconds(1))
            }
            hasEnded.value = true
            for reading in try await readings { bench.expect(Set(reading).count, is: 1, "one reading: \(reading)") }
        },
        StorePromise("an error undoes all of its own transaction, and is passed on") { bench in
            for (_, deeds) in Deed.lives {
                let store = try bench.further().0
                for deed in deeds {
                    let before = try await TaskImage(of: store)
                    do {
                        try await store.write("check") { transaction in
                            try deed.run(transaction)
                            throw Trouble()
                        }
                        bench.fail("\(deed.name): no error")
                    } catch {
                        bench.expect(error is Trouble, "\(deed.name): \(error)")
                    }
                    bench.expect(try await TaskImage(of: store), is: before, "\(deed.name) left something")
                    try await store.write("check") { try deed.run($0) }
                }
            }
        },
        StorePromise("an error undoes nothing of other transactions") { bench in
            let kept = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<40 {
                    let store = number % 3 == 0 ? bench.b : bench.a
                    group.addTask {
                        do {
                            try await store.write("check") { transaction in
                                try transaction.insertWalk(.plain(number))
                                if number % 2 == 1 { throw Trouble() }
                            }
                            return number % 2 == 0
                        } catch {
                            return number % 2 == 1 && error is Trouble
                        }
                    }
                }
                return try await group.reduce(true) { $0 && $1 }
            }
            bench.expect(kept, "some failed, or did not")
            let even = Array(stride(from: 0, to: 40, by: 2))
            for (store, isB) in [(bench.a, false), (bench.b, true)] {
                let walks = try await store.read("check") { try $0.walks().map(\.id) }
                let wanted = even.filter { ($0 % 3 == 0) == isB }
                bench.expect(Set(walks), is: Set(wanted.map { WalkID($0) }), "what is kept")
            }
        },
        StorePromise("uploads beside those that fail are kept byte by byte, and what failed was never there") { bench in
            // Of many lengths: bytes in a wrong place are seen.
            let lengths = (0..<40).map { 1 + 37 * $0 }
            @Sendable func outcome(_ number: Int, fails: Bool) async -> UploadOutcome? {
                try? await bench.a.write("check") { transaction in
                    // Others come meanwhile, and wait together where writes wait.
                    if number == 0 { pause(milliseconds: 20) }
                    let body = [UInt8](repeating: UInt8(number), count: lengths[number])
                    let outcome = try transaction.upload(number, in: .open, body: body)
                    if fails { throw Trouble() }
                    return outcome
                }
            }
            let isRight = await withTaskGroup(of: Bool.self) { group in
                for number in lengths.indices {
                    let fails = number % 4 == 1
                    group.addTask { await outcome(number, fails: fails) == (fails ? nil : .stored) }
                }
                return await group.reduce(true) { $0 && $1 }
            }
            bench.expect(isRight, "some failed, or did not")
            for number in lengths.indices where number % 4 == 1 {
                bench.expect(await outcome(number, fails: false), is: .stored, "what failed before")
            }
            let texts = try await bench.read { try $0.texts(in: .all) }
            let wanted = lengths.enumerated().map { number, length in
                String(decoding: [UInt8](repeating: UInt8(number), count: length), as: UTF8.self)
            }
            bench.expect(Set(texts), is: Set(wanted), "what is stored")
        },
        StorePromise("a read writes nothing") { bench in
            let before = try await TaskImage(of: bench.a)
            do {
                try await bench.read { try $0.insertWalk(.plain(1)) }
                bench.fail("it is not refused")
            } catch {}
            bench.expect(try await TaskImage(of: bench.a), is: before, "something stays")
        },
        StorePromise("a read does not wait for a write, and sees nothing of it") { bench in
            let (first, second) = try bench.further()
            let (began, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let isFirstRun = Slot(true)
            async let written: Bool = first.write("check") { transaction in
                try transaction.insertWalk(.plain(1))
                guard isFirstRun.take() != nil else { return true }
                began.signal()
                return goesOn.wait(timeout: .now() + 20) == .success
            }
            await waitInBackground(for: began)
            let walks = try await second.read("check") { try $0.walks().count }
            goesOn.signal()
            bench.expect(try await written, "the read waited for the write")
            bench.expect(walks, is: 0, "what is not committed")
            bench.expect(try await second.read("check") { try $0.walks().count }, is: 1, "what is committed")
        },
        StorePromise("a transaction sees what it has done itself") { bench in
            for (name, deeds) in Deed.lives {
                let (store, rows) = { ($0, $0.jobRows) }(try bench.further().0)
                let inside = try await store.write("check") { transaction in
                    for deed in deeds { try deed.run(transaction) }
                    return try TaskImage(transaction, jobRows: rows)
                }
                bench.expect(try await TaskImage(of: store), is: inside, name)
            }
        },
    ]
}
