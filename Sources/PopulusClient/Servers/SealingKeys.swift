import PopulusDAP
import PopulusWireCodec

/// Both servers' HPKE configurations, and until when they may be used.
///
/// Spec: DAP §4.4.1; RFC 9111
struct SealingKeys: Hashable, Sendable {
    var leader: HpkeConfig
    var helper: HpkeConfig
    /// Seconds since the Epoch.
    var fetched: UInt64
    var freshFor: UInt64

    /// What is assumed where a server says nothing: keys change seldom, and one that has changed is refused and fetched.
    static let usuallyFreshFor: Double = 3600
    /// The longest time that keys are used for, whatever a server says.
    static let longestFreshFor: Double = 1e6

    /// A clock that was set back makes them stale.
    func isFresh(at now: Double) -> Bool {
        now >= Double(fetched) && now < Double(fetched) + Double(freshFor)
    }

    /// Whether both can be sealed to, for a time that a client takes: a file may be damaged.
    var areUsable: Bool {
        [leader, helper].allSatisfy { $0.isSupported && !$0.hasInvalidKey } && Double(freshFor) <= Self.longestFreshFor
    }

    /// Whether both are among those that the app expects.
    func areExpected(_ expected: PopulusClient.ServerKeys?) -> Bool {
        guard let expected else { return true }
        return expected.leader.contains(Base64URL.encode(leader.publicKey))
            && expected.helper.contains(Base64URL.encode(helper.publicKey))
    }
}

extension SealingKeys: WireCodable {
    func encode(into writer: inout WireWriter) {
        writer.append(leader)
        writer.append(helper)
        writer.append(u64: fetched)
        writer.append(u64: freshFor)
    }

    init(from reader: inout WireReader) throws(WireError) {
        leader = try reader.read()
        helper = try reader.read()
        fetched = try reader.readU64()
        freshFor = try reader.readU64()
    }
}
