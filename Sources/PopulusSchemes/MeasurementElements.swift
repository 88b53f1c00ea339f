extension VdafConfiguration {
    /// How many field elements an encoded measurement has, or bits a path: what the work for one report grows with, beside the
    /// chunk length.
    ///
    /// Spec: VDAF §7.4
    package var measurementElements: UInt64 {
        switch form {
        case .number(let maximum): SchemeParameter.bitLength(maximum)
        case .bucket(let count): count
        case .vector(let length, let maximum): UInt64(clamping: length) * SchemeParameter.bitLength(maximum)
        case .bits(let length, let maximumSet): UInt64(clamping: length) + SchemeParameter.bitLength(maximumSet)
        case .string(let bits): UInt64(clamping: bits)
        }
    }
}
