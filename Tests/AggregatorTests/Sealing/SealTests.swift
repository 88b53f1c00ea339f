import Aggregator
import PopulusDAP
import Testing

/// Seal keys and what stores note of them.
@Suite struct SealTests {
    private static let bytes = [UInt8](repeating: 9, count: 32)
    private static let place = SealPlace(.random(), role: .leader)

    private static func keys(_ bytes: UInt8...) throws -> SealKeys {
        let keys = bytes.compactMap { SealKey([UInt8](repeating: $0, count: 32)) }
        return try #require(SealKeys(keys))
    }

    @Test func keysAreLinesOfBase64() throws {
        let text = """
            # the key of this year
            CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=

              __________________________________________8
            """
        let keys = try #require(SealKeys.keys(in: text))
        #expect(keys.map(\.id) == [SealKey(Self.bytes)?.id, SealKey([UInt8](repeating: 255, count: 32))?.id])
        #expect(SealKeys.keys(in: "# no key")?.isEmpty == true)
        for wrong in ["CQkJ", "not a key", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ"] {
            #expect(SealKeys.keys(in: wrong) == nil, "\(wrong)")
        }
        #expect(SealKey([1, 2]) == nil)
        // A key's name does not tell it, and no description does.
        let key = try #require(SealKey(Self.bytes))
        #expect("\(key)" == "SealKey(\(key.id))" && key.id.count == 16)
    }

    @Test func aRecordOpensInItsPlaceAndStateOnly() throws {
        let keys = try Self.keys(1)
        let (_, record) = StoreSeal.draw(for: Self.place, by: keys)
        #expect(try SealRecord(record.text) == record)
        #expect(try StoreSeal.admit(record.text, keys: keys, in: Self.place)?.keyID == keys.first.id)
        #expect(throws: StoreError.seal(.foreign)) {
            try StoreSeal.admit(record.text, keys: keys, in: SealPlace(.random(), role: .leader))
        }
        #expect(throws: StoreError.seal(.foreign)) {
            try StoreSeal.admit(record.text, keys: keys, in: SealPlace(Self.place.database, role: .helper))
        }
        // Neither may one say that it is sealed which is not yet.
        let (_, begun) = StoreSeal.draw(for: Self.place, by: keys, .sealing)
        #expect(throws: StoreError.seal(.unfinished)) {
            try StoreSeal.admit(begun.text, keys: keys, in: Self.place)
        }
        #expect(throws: StoreError.seal(.foreign)) {
            try StoreSeal.admit(
                begun.text.replacing("sealing", with: "sealed"), keys: keys, in: Self.place)
        }
        for damaged in ["", "2" + record.text.dropFirst(), record.text + " x", String(record.text.dropLast(4))] {
            #expect(throws: StoreError.self) { try StoreSeal.admit(damaged, keys: keys, in: Self.place) }
        }
    }

    @Test func severalKeysOpenAndTheFirstSeals() throws {
        let (old, both, new) = (try Self.keys(1), try Self.keys(2, 1), try Self.keys(2))
        let (seal, record) = StoreSeal.draw(for: Self.place, by: old)
        let task = TaskID.random()
        let sealed = try Optional(seal.task(task)).sealing([1, 2, 3], at: .noiseKey)
        let opened = try StoreSeal(SealRecord(record.text), opening: both, in: Self.place)
        #expect(opened.keyID == old.first.id)
        let resealed = opened.record(by: both)
        #expect(throws: StoreError.seal(.locked(key: new.first.id, given: [old.first.id]))) {
            try StoreSeal.admit(resealed.text, keys: old, in: Self.place)
        }
        let after = try StoreSeal(SealRecord(resealed.text), opening: new, in: Self.place)
        #expect(try Optional(after.task(task)).opening(sealed, at: .noiseKey) == [1, 2, 3])
    }

    /// Every value is bound to its task, its column and its row, and to each of its bytes.
    @Test func aValueOpensInItsCellOnly() throws {
        let (seal, _) = StoreSeal.draw(for: Self.place, by: try Self.keys(1))
        let (task, other): (TaskSeal?, TaskSeal?) = (seal.task(.random()), seal.task(.random()))
        let job = [UInt8](repeating: 4, count: 16)
        let cells: [SealedCell] = [
            .noiseKey, .sum(walk: job, ordinal: 0), .sum(walk: job, ordinal: 1), .message(.request, job: job),
            .message(.response, job: job), .message(.continueRequest, job: job), .share(bucket: job),
            .secret(number: 0, kind: "verify_key", label: [1]), .secret(number: 1, kind: "verify_key", label: [1]),
            .secret(number: 0, kind: "verify_key", label: [2]), .secret(number: 0, kind: "hpke_key", label: [1]),
        ]
        let value = [UInt8](repeating: 3, count: 40)
        for (index, cell) in cells.enumerated() {
            let sealed = try task.sealing(value, at: cell)
            #expect(try task.sealing(value, at: cell) != sealed && sealed.count == value.count + 28)
            #expect(try task.opening(sealed, at: cell) == value)
            #expect(throws: StoreError.self) { try other.opening(sealed, at: cell) }
            for (place, wrong) in cells.enumerated() where place != index {
                #expect(throws: StoreError.self) { try task.opening(sealed, at: wrong) }
            }
            for byte in sealed.indices {
                var changed = sealed
                changed[byte] ^= 1
                #expect(throws: StoreError.self) { try task.opening(changed, at: cell) }
            }
            // What is not sealed is not taken for what is.
            #expect(throws: StoreError.self) { try task.opening(value, at: cell) }
            #expect(try task.sealing([], at: cell) == [] && task.opening([], at: cell) == [])
        }
        let none: TaskSeal? = nil
        #expect(try none.sealing(value, at: .noiseKey) == value && none.opening(value, at: .noiseKey) == value)
    }

    /// A noise key follows from what was drawn with the task, or was sealed as it was.
    @Test func noiseKeysStayTheSame() throws {
        let (seal, _) = StoreSeal.draw(for: Self.place, by: try Self.keys(1))
        let task: TaskSeal? = seal.task(.random())
        let drawn = [UInt8](repeating: 6, count: 32)
        let key = try task.noiseKey(stored: drawn)
        #expect(try task.noiseKey(stored: drawn) == key && key != drawn && key.count == 32)
        let before = try task.sealing(drawn, at: .noiseKey)
        #expect(TaskSeal.noiseKeyCounts == [32, before.count])
        #expect(try task.noiseKey(stored: before) == drawn)
        let none: TaskSeal? = nil
        #expect(try none.noiseKey(stored: drawn) == drawn)
        #expect(seal.replicaSecret(drawn).count == 32 && seal.replicaSecret(drawn) != drawn)
    }
}
