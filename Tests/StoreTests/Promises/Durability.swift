import Aggregator
import PopulusDAP
import Testing

/// What was written is there after a new start (rule 7).
extension StorePromise {
    static let durability =
        Deed.lives.map { name, deeds in
            StorePromise("what was written is there after a start: \(name)") { bench in
                for deed in deeds {
                    let (own, other) = (try await TaskImage(of: bench.a), try await TaskImage(of: bench.b))
                    try await bench.write { try deed.run($0) }
                    let written = try await TaskImage(of: bench.a)
                    bench.expect(written != own, "\(deed.name) is not there")
                    try await bench.reopen()
                    bench.expect(try await TaskImage(of: bench.a), is: written, deed.name)
                    bench.expect(try await TaskImage(of: bench.b), is: other, "\(deed.name): another task")
                }
            }
        } + [
            StorePromise("a store that is closed neither reads nor writes") { bench in
                _ = try await bench.write { try $0.upload(1) }
                let closed = bench.a
                try await bench.reopen()
                do {
                    _ = try await closed.write("check") { try $0.upload(2) }
                    bench.fail("it writes")
                } catch {
                    bench.expect(error is StoreError, "it threw \(error)")
                }
                do {
                    _ = try await closed.read("check") { try $0.walks() }
                    bench.fail("it reads")
                } catch {
                    bench.expect(error is StoreError, "it threw \(error)")
                }
                bench.expect(try await bench.read { try $0.texts(in: .all) }, is: ["report 1"], "what is stored")
            },
            StorePromise("who reads while the store is closed reads to the end, or is told") { bench in
                for _ in 0..<5 {
                    let stores = [bench.a, bench.b]
                    let readers = (0..<4).map { number in
                        Task.detached {
                            while true {
                                await Task.yield()
                                do {
                                    _ = try await stores[number % 2].read("check") { try $0.walks().count }
                                } catch {
                                    return error
                                }
                            }
                        }
                    }
                    try await Task.sleep(for: .milliseconds(2))
                    try await bench.reopen()
                    for reader in readers { bench.expect(await reader.value is StoreError, "what it was told") }
                }
            },
        ]
}
