import PopulusDAP

/// One process among those that work on one database: random, a new one each start.
package struct ReplicaID: OpaqueID {
    package let words: SIMD2<UInt64>

    package init(words: SIMD2<UInt64>) { self.words = words }
}
