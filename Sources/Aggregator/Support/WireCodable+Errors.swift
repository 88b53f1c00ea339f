import PopulusDAP
import PopulusWireCodec

extension WireCodable {
    /// Decodes what the other side has sent.
    ///
    /// - Throws: `invalidMessage`.
    init(received bytes: [UInt8], _ what: String) throws(AggregatorError) {
        do { try self.init(decoding: bytes) } catch { throw .invalidMessage("\(what) does not decode") }
    }

    /// Decodes what this aggregator has stored.
    ///
    /// - Throws: `StoreError.damaged`.
    init(stored bytes: [UInt8], _ what: String) throws(StoreError) {
        do { try self.init(decoding: bytes) } catch { throw .damaged(what) }
    }
}
