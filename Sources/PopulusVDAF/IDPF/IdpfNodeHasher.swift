import PopulusKernels

/// What turns a node's seed into its children's seeds and values, for one report: the AES keys, expanded once.
///
/// Inner levels hash with AES under two keys, the leaf level with TurboSHAKE128. Constant-time in the seeds, but for
/// rejected draws, whose number is independent of the input.
///
/// Spec: VDAF §8.3 (`extend`, `convert`).
package struct IdpfNodeHasher: ~Copyable {
    /// The key of `extend`: block 0 is the left child's seed, block 1 the right one's.
    package let extendKey: AES128FixedKey
    /// The key of `convert`: block 0 is the node's seed, block 1 its two elements, later blocks replace rejected ones.
    package let convertKey: AES128FixedKey

    /// Draws of Field64 at or above this are redrawn: the modulus, unless a test lowers it.
    let samplingLimit: UInt64
    private let ctx: [UInt8]
    private let nonce: [UInt8]

    /// The children of a node: seeds with the control bit cleared, and the control bits as 0 or 1.
    struct Children {
        var left: Block
        var right: Block
        var leftControl: UInt64
        var rightControl: UInt64
    }

    /// - Throws: `.contextTooLong`.
    package init(ctx: [UInt8], nonce: [UInt8], samplingLimit: UInt64 = Field64.modulus) throws(VDAFError) {
        let extend = try XofFixedKeyAes128.fixedKey(.extend, ctx: ctx, nonce: nonce)
        let convert = try XofFixedKeyAes128.fixedKey(.convert, ctx: ctx, nonce: nonce)
        extendKey = extend
        convertKey = convert
        self.ctx = ctx
        self.nonce = nonce
        self.samplingLimit = samplingLimit
    }

    /// Whether the C code of key generation can work with these keys.
    var hasKernel: Bool { IdpfDescent.isPossible(extend: extendKey, convert: convertKey) }

    /// The children of two nodes of an inner level.
    func extend(_ seeds: InlineArray<2, Block>) -> (Children, Children) {
        var blocks = InlineArray<4, Block>(repeating: .zero)
        var output = blocks.mutableSpan
        extendKey.hashPairs(seeds.span, into: &output)
        return (Self.children(blocks[0], blocks[1]), Self.children(blocks[2], blocks[3]))
    }

    /// The children of one node of an inner level.
    func extend(_ seed: Block) -> Children {
        let seeds: InlineArray<1, Block> = [seed]
        var blocks = InlineArray<2, Block>(repeating: .zero)
        var output = blocks.mutableSpan
        extendKey.hashPairs(seeds.span, into: &output)
        return Self.children(blocks[0], blocks[1])
    }

    /// The seeds and values of two nodes of an inner level.
    func convert(
        _ seeds: InlineArray<2, Block>
    ) -> ((seed: Block, value: IdpfValue<Field64>), (seed: Block, value: IdpfValue<Field64>)) {
        var blocks = InlineArray<4, Block>(repeating: .zero)
        var output = blocks.mutableSpan
        convertKey.hashPairs(seeds.span, into: &output)
        return ((blocks[0], value(blocks[1], of: seeds[0])), (blocks[2], value(blocks[3], of: seeds[1])))
    }

    /// The seed and value of one node of an inner level.
    func convert(_ seed: Block) -> (seed: Block, value: IdpfValue<Field64>) {
        let seeds: InlineArray<1, Block> = [seed]
        var blocks = InlineArray<2, Block>(repeating: .zero)
        var output = blocks.mutableSpan
        convertKey.hashPairs(seeds.span, into: &output)
        return (blocks[0], value(blocks[1], of: seed))
    }

    /// The children of a node of the leaf level's parents.
    func extendLeaf(_ seed: Block) throws(VDAFError) -> Children {
        var xof = try leafXof(seed, .extend)
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        var output = bytes.mutableSpan
        xof.next(into: &output)
        return Self.children(Block(bytes.span, at: 0), Block(bytes.span, at: 16))
    }

    /// The value of a leaf.
    func convertLeaf(_ seed: Block) throws(VDAFError) -> IdpfValue<Field255> {
        var xof = try leafXof(seed, .convert)
        // The next seed, which nothing is made of.
        var skipped = InlineArray<16, UInt8>(repeating: 0)
        var output = skipped.mutableSpan
        xof.next(into: &output)
        return IdpfValue(data: xof.nextField255(), authenticator: xof.nextField255())
    }

    private func leafXof(_ seed: Block, _ usage: IdpfBBCGGI21.Usage) throws(VDAFError) -> XofTurboShake128 {
        var input = try XofTurboShake128Input(
            seed: seed, .idpf, algorithm: IdpfBBCGGI21.id, usage: usage.rawValue, ctx: ctx)
        input.absorb(nonce)
        return input.finish()
    }

    private static func children(_ left: Block, _ right: Block) -> Children {
        Children(
            left: Block(low: left.low & ~1, high: left.high),
            right: Block(low: right.low & ~1, high: right.high),
            leftControl: left.low & 1, rightControl: right.low & 1)
    }

    /// The two elements of a node whose second block is `block`.
    private func value(_ block: Block, of seed: Block) -> IdpfValue<Field64> {
        guard block.low < samplingLimit, block.high < samplingLimit else { return redrawnValue(block, of: seed) }
        return IdpfValue(data: Field64(canonical: block.low), authenticator: Field64(canonical: block.high))
    }

    /// As `value`, where a draw is rejected (once in 2^31 nodes): the stream's later blocks are drawn on.
    private func redrawnValue(_ block: Block, of seed: Block) -> IdpfValue<Field64> {
        var accepted = [block.low, block.high].filter { $0 < samplingLimit }
        var index: UInt64 = 2
        while accepted.count < 2 {
            var blocks: InlineArray<1, Block> = [seed]
            var span = blocks.mutableSpan
            convertKey.hash(inPlace: &span, tweak: index)
            accepted += [blocks[0].low, blocks[0].high].filter { $0 < samplingLimit }
            index += 1
        }
        return IdpfValue(data: Field64(canonical: accepted[0]), authenticator: Field64(canonical: accepted[1]))
    }
}
