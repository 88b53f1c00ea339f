/// From when, and until when, a secret of a task is used.
///
/// No process writes when such a time comes: each goes by its own clock, and what it means leaves room for clocks that differ.
package struct SecretTimes: Sendable, Equatable, Hashable {
    /// When it is used from, in seconds since the Epoch; 0 for what was there from the start.
    ///
    /// A key: when clients are told of it. A token that this party shows: when it is shown, the greatest time for one that waits to
    /// be. One that it checks: when it was added.
    package var since: UInt64
    /// When it is used no more, in seconds since the Epoch; nothing where nobody has said so.
    ///
    /// A key: when clients are told of another one. A token that is checked: when it is refused.
    package var until: UInt64?
    /// A key that no new report may be sealed to: up to which rows there may be reports that were
    /// (``TaskShelf/lastBodies()``); nothing where nobody has looked.
    package var lastBodies: [Int64]?

    package init(since: UInt64 = 0, until: UInt64? = nil, lastBodies: [Int64]? = nil) {
        (self.since, self.until, self.lastBodies) = (since, until, lastBodies)
    }
}

/// The rows of ``SecretTimes/lastBodies`` as a store keeps them: 8 bytes each, big endian.
extension SecretTimes {
    package var encodedLastBodies: [UInt8]? {
        lastBodies.map { rows in rows.flatMap { row in (0..<8).map { UInt8(truncatingIfNeeded: row >> (56 - 8 * $0)) } }
        }
    }

    /// - Throws: `StoreError.damaged`.
    package static func lastBodies(decoding bytes: [UInt8]) throws(StoreError) -> [Int64] {
        guard bytes.count % 8 == 0 else { throw .damaged("the last rows of a key") }
        return stride(from: 0, to: bytes.count, by: 8).map { place in
            bytes[place..<place + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
    }
}

/// What has to be written for a task to have other secrets.
package struct SecretChange: Sendable {
    /// The places of what goes, among what was there.
    package var removed: [Int] = []
    /// The places of what gets other times, and these.
    package var retimed: [(place: Int, times: SecretTimes)] = []
    /// What comes, in order, behind what stays.
    package var added: [TaskSecret] = []

    package init(from known: [TaskSecret], to wanted: [TaskSecret]) {
        var left = wanted
        for (place, secret) in known.enumerated() {
            guard let found = left.firstIndex(where: { $0.isSame(as: secret) }) else {
                removed.append(place)
                continue
            }
            let times = left.remove(at: found).times
            if times != secret.times { retimed.append((place, times)) }
        }
        added = left
    }

    package var isEmpty: Bool { removed.isEmpty && retimed.isEmpty && added.isEmpty }
}

extension TaskSecret {
    /// Whether it is the same secret, whatever its times are.
    fileprivate func isSame(as other: TaskSecret) -> Bool {
        kind == other.kind && label == other.label && bytes == other.bytes
    }
}
