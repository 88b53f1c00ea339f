import PopulusSchemes

extension WalkTaskExtension {
    /// The least length of strings: step 0 is an inner one, and another is for the leaf.
    static let leastBits = 2
}

extension TaskConfiguration {
    /// The walk's bounds, if the task has the extension, and its strings are as long as walks need.
    ///
    /// What a client checks before it takes part; ``WalkRules`` are for those who take steps.
    package func checkedWalkExtension(
        _ codePoints: WalkCodePoints = .provisional
    ) throws(WalkExtensionError) -> WalkTaskExtension? {
        let bounds = try walkExtension(codePoints)
        if bounds != nil, let bits = vdaf.poplar1Bits, bits < WalkTaskExtension.leastBits { throw .tooFewBits }
        return bounds
    }
}
