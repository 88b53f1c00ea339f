import CPopulusClient
import PopulusDAP
import PopulusReportMaking
import PopulusWireCodec

/// What a client knows of one aggregator's keys.
struct AggregatorKeys {
    /// Public keys that the aggregator may have; any where there are none.
    var pinned: [[UInt8]] = []
    /// The key that reports are sealed to, and until when, by the clock that nobody sets.
    var current: (config: HpkeConfig, end: UInt64)?

    /// Takes the first key of an aggregator's list that may be used.
    ///
    /// - Throws: `BAD_KEYS`, `KEY_NOT_PINNED`; then what was known stays.
    mutating func set(_ list: [UInt8], lifetime: UInt64) throws(ClientFailure) {
        let configs: [HpkeConfig]
        do throws(WireError) {
            configs = try HpkeConfigList(decoding: list).configs
        } catch {
            throw ClientFailure(POPULUS_CLIENT_BAD_KEYS, "this is no list of HPKE configurations (DAP §4.4.1)")
        }
        let usable = configs.filter { $0.isSupported && !$0.hasInvalidKey }
        guard !usable.isEmpty else {
            throw ClientFailure(
                POPULUS_CLIENT_BAD_KEYS,
                "no key of the list is for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM")
        }
        guard let config = usable.first(where: { pinned.isEmpty || pinned.contains($0.publicKey) }) else {
            throw ClientFailure(
                POPULUS_CLIENT_KEY_NOT_PINNED, "the aggregator has none of its pinned keys: send it nothing")
        }
        let (end, overflows) = Clock.secondsSinceStart.addingReportingOverflow(lifetime)
        current = (config, overflows ? .max : end)
    }

    /// - Throws: `NO_KEYS`.
    func usable(of name: String) throws(ClientFailure) -> HpkeConfig {
        guard let current, Clock.secondsSinceStart < current.end else {
            throw ClientFailure(
                POPULUS_CLIENT_NO_KEYS,
                "the \(name)'s keys are \(current == nil ? "missing" : "too old"): fetch and set them")
        }
        return current.config
    }
}
