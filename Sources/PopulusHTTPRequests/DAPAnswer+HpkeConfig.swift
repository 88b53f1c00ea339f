import PopulusDAP

extension DAPAnswer {
    /// The first HPKE configuration of a list whose algorithms this program has.
    ///
    /// Spec: DAP §4.4.1
    ///
    /// - Throws: `malformed` for anything but a list with one.
    package func hpkeConfig(of url: String) throws(DAPRequestError) -> HpkeConfig {
        // Whatever is wrong with it: the address is that of something else.
        guard has(.hpkeConfigList), let list = try? HpkeConfigList(decoding: body) else {
            throw .malformed("\(url) answers with something else than an HPKE configuration list")
        }
        guard let config = list.firstSupported else {
            throw .malformed("\(url) offers no HPKE algorithms that this program knows")
        }
        return config
    }
}

extension DAPRequester {
    /// Asks for a resource that every aggregator has, to see whether one is there: a page of a proxy is none.
    package func probe(_ configuration: TaskConfiguration) async throws(DAPRequestError) {
        let address = configuration.leaderURL("hpke_config")
        _ = try await send(DAPRequest(.get, address)).hpkeConfig(of: address)
    }
}
