/// What a call does with a VDAF, whichever it is: Embedded Swift has no values of a protocol's type.
protocol VdafWork {
    /// - Parameter bits: how long a string's path is; nothing where measurements are no strings.
    func answer(_ call: inout Call, _ vdaf: some RunTimeVdaf, bits: Int?) throws(CallError) -> [UInt8]
}

/// The sizes of the VDAF's values.
struct SizesOfValues: VdafWork {
    func answer(_ call: inout Call, _ vdaf: some RunTimeVdaf, bits: Int?) throws(CallError) -> [UInt8] {
        var writer = WireWriter()
        writer.append(u32: UInt32(vdaf.randSize))
        writer.append(u32: UInt32(vdaf.publicShareSize))
        writer.append(u32: UInt32(vdaf.inputShareSize(aggregatorID: 0)))
        writer.append(u32: UInt32(vdaf.inputShareSize(aggregatorID: 1)))
        writer.append(u32: UInt32(bits ?? 0))
        return writer.bytes
    }
}

/// The shares of a measurement.
struct SharesOfMeasurement: VdafWork {
    func answer(_ call: inout Call, _ vdaf: some RunTimeVdaf, bits: Int?) throws(CallError) -> [UInt8] {
        let ctx = try call.opaque32()
        let nonce = try call.opaque32()
        let rand = try call.opaque32()
        let measurement = try call.measurement(bits: bits)
        do throws(VDAFError) {
            var report = try vdaf.shard(
                ctx: ctx, measurement: vdaf.measurement(measurement), nonce: nonce, rand: rand)
            defer { report.wipeInputShares() }
            var writer = WireWriter()
            writer.append(opaque32: vdaf.encodePublicShare(report.publicShare))
            for share in report.inputShares { writer.append(opaque32: vdaf.encodeInputShare(share)) }
            return writer.bytes
        } catch {
            throw .vdaf(error)
        }
    }
}

extension Call {
    /// Reads a `VdafConfiguration`, and does the work with its VDAF.
    ///
    /// ```
    /// VdafType vdaf_type;                  // uint32
    /// opaque vdaf_configuration<0..2^16-1>;
    /// ```
    ///
    /// Spec: DAP §4.2, appendix "VDAF Configuration Encodings"; VDAF §10 (identifiers)
    mutating func withVdaf(_ work: some VdafWork) throws(CallError) -> [UInt8] {
        let type = try u32()
        var numbers = Call(try opaque16())
        switch type {
        case 1:
            try numbers.finish()
            return try with({ () throws(VDAFError) in try Prio3Count() }, nil, work)
        case 2: return try withSum(&numbers, work)
        case 3: return try withSumVec(&numbers, work)
        case 4: return try withHistogram(&numbers, work)
        case 5: return try withMultihotCountVec(&numbers, work)
        case 6:
            let bits = Int(try numbers.u16())
            try numbers.finish()
            return try with({ () throws(VDAFError) in try Poplar1(bits: bits) }, bits, work)
        default: throw .unknownVdaf
        }
    }

    private mutating func withSum(_ numbers: inout Call, _ work: some VdafWork) throws(CallError) -> [UInt8] {
        let most = try numbers.u64()
        try numbers.finish()
        return try with({ () throws(VDAFError) in try Prio3Sum(maxMeasurement: most) }, nil, work)
    }

    private mutating func withSumVec(_ numbers: inout Call, _ work: some VdafWork) throws(CallError) -> [UInt8] {
        let (length, most, chunk) = (try numbers.count(), try numbers.u64(), try numbers.count())
        try numbers.finish()
        return try with(
            { () throws(VDAFError) in try Prio3SumVec(length: length, maxMeasurement: most, chunkLength: chunk) }, nil,
            work)
    }

    private mutating func withHistogram(_ numbers: inout Call, _ work: some VdafWork) throws(CallError) -> [UInt8] {
        let (length, chunk) = (try numbers.count(), try numbers.count())
        try numbers.finish()
        return try with(
            { () throws(VDAFError) in try Prio3Histogram(length: length, chunkLength: chunk) }, nil, work)
    }

    private mutating func withMultihotCountVec(
        _ numbers: inout Call, _ work: some VdafWork
    ) throws(CallError) -> [UInt8] {
        let (length, chunk, weight) = (try numbers.count(), try numbers.count(), try numbers.u64())
        try numbers.finish()
        return try with(
            { () throws(VDAFError) in
                try Prio3MultihotCountVec(length: length, maxWeight: weight, chunkLength: chunk)
            }, nil, work)
    }

    private mutating func with<V: RunTimeVdaf>(
        _ make: () throws(VDAFError) -> V, _ bits: Int?, _ work: some VdafWork
    ) throws(CallError) -> [UInt8] {
        let vdaf: V
        do throws(VDAFError) { vdaf = try make() } catch { throw .vdaf(error) }
        return try work.answer(&self, vdaf, bits: bits)
    }
}
