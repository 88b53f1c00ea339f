import PopulusKernels

/// Shares of the values at one level, in the order of the prefixes.
package enum IdpfOutput: Hashable, Sendable {
    case inner([IdpfValue<Field64>])
    case leaf([IdpfValue<Field255>])
}

extension IdpfBBCGGI21 {
    /// One server's share of the values of `prefixes`, all of `level + 1` bits and unique.
    ///
    /// Starts at the root, and again where a prefix parts from the one before. Constant-time in the key and in the
    /// public share, not in the prefixes. `PrefixWalk` has the fast evaluation.
    ///
    /// - Throws: `.aggregatorIDOutOfRange`, `.levelOutOfRange`, `.wrongBitCount`, `.duplicatePrefixes`, `.wrongSize`,
    ///   `.contextTooLong`.
    ///
    /// Spec: VDAF §8.3 (`eval`).
    package func eval(
        aggregatorID: Int, publicShare: IdpfPublicShare, key: Block, level: Int, prefixes: [Prefix], ctx: [UInt8],
        nonce: [UInt8]
    ) throws(VDAFError) -> IdpfOutput {
        guard (0..<Self.shares).contains(aggregatorID) else { throw .aggregatorIDOutOfRange }
        guard (0..<bits).contains(level) else { throw .levelOutOfRange }
        guard publicShare.bits == bits, prefixes.allSatisfy({ $0.bitCount == level + 1 }) else { throw .wrongBitCount }
        guard Set(prefixes).count == prefixes.count else { throw .duplicatePrefixes }
        guard nonce.count == Self.nonceSize else { throw .wrongSize }
        let hasher = try IdpfNodeHasher(ctx: ctx, nonce: nonce, samplingLimit: samplingLimit)
        let root = IdpfNode(seed: key, control: UInt64(aggregatorID))
        var evaluation = PathEvaluation(publicShare: publicShare, root: root)
        let negate = constantTimeMask(UInt64(aggregatorID))

        if level < bits - 1 {
            var values: [IdpfValue<Field64>] = []
            values.reserveCapacity(prefixes.count)
            for prefix in prefixes {
                let value = evaluation.innerValue(at: prefix, hasher)
                values.append((value & ~negate) + (-value & negate))
            }
            return .inner(values)
        }
        var values: [IdpfValue<Field255>] = []
        values.reserveCapacity(prefixes.count)
        for prefix in prefixes {
            let value = try evaluation.leafValue(at: prefix, hasher)
            values.append((value & ~negate) + (-value & negate))
        }
        return .leaf(values)
    }
}

/// One server's state at a node of the tree.
package struct IdpfNode: Hashable, Sendable {
    package var seed: Block
    /// The control bit, 0 or 1.
    package var control: UInt64

    package init(seed: Block, control: UInt64) {
        self.seed = seed
        self.control = control
    }
}

/// The nodes on the way to the prefix that was evaluated last.
private struct PathEvaluation {
    let publicShare: IdpfPublicShare
    /// The node and value at each inner level of the path; the root is not among them.
    private var path: [(node: IdpfNode, value: IdpfValue<Field64>)] = []
    private let root: IdpfNode
    private var last = Prefix()

    init(publicShare: IdpfPublicShare, root: IdpfNode) {
        self.publicShare = publicShare
        self.root = root
    }

    mutating func innerValue(at prefix: Prefix, _ hasher: borrowing IdpfNodeHasher) -> IdpfValue<Field64> {
        descend(to: prefix, innerLevels: prefix.bitCount, hasher)
        return path[prefix.bitCount - 1].value
    }

    mutating func leafValue(
        at prefix: Prefix, _ hasher: borrowing IdpfNodeHasher
    ) throws(VDAFError) -> IdpfValue<Field255> {
        let level = prefix.bitCount - 1
        descend(to: prefix, innerLevels: level, hasher)
        let parent = level == 0 ? root : path[level - 1].node
        let children = try hasher.extendLeaf(parent.seed)
        let node = child(children, of: parent, at: level, bit: prefix.bit(level))
        return try hasher.convertLeaf(node.seed) + (publicShare.leaf & constantTimeMask(node.control))
    }

    private mutating func descend(to prefix: Prefix, innerLevels: Int, _ hasher: borrowing IdpfNodeHasher) {
        var shared = 0
        while shared < min(path.count, innerLevels), prefix.bit(shared) == last.bit(shared) { shared += 1 }
        path.removeSubrange(shared...)
        for level in shared..<innerLevels {
            let parent = level == 0 ? root : path[level - 1].node
            var node = child(hasher.extend(parent.seed), of: parent, at: level, bit: prefix.bit(level))
            let converted = hasher.convert(node.seed)
            node.seed = converted.seed
            path.append((node, converted.value + (publicShare.inner[level] & constantTimeMask(node.control))))
        }
        last = prefix
    }

    /// The corrected child before `convert`.
    ///
    /// `bit` is public, the control bit is not.
    private func child(_ children: IdpfNodeHasher.Children, of parent: IdpfNode, at level: Int, bit: Bool) -> IdpfNode {
        let correction = UInt64(publicShare.controlBits[level])
        let seed = bit ? children.right : children.left
        let control = bit ? children.rightControl : children.leftControl
        return IdpfNode(
            seed: seed ^ (publicShare.seeds[level] & constantTimeMask(parent.control)),
            control: control ^ ((bit ? correction >> 1 : correction & 1) & parent.control))
    }
}
