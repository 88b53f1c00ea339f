// What JavaScript calls. A call takes one message, laid out as DAP lays out its own, and returns one, behind its length in four
// little-endian bytes. Both lie in memory of `client_allocate`, which `client_release` wipes.

@_cdecl("client_allocate")
func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: max(count, 1), alignment: 16)
}

@_cdecl("client_release")
func release(_ bytes: UnsafeMutableRawPointer) { bytes.deallocate() }

/// Takes the tables of `url-1`, which are a file of their own.
@_cdecl("client_set_url_tables")
func setURLTables(_ bytes: UnsafeRawPointer, _ count: Int) {
    URLTables.bytes = [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
}

/// The sizes of a VDAF's values: of its randomness, public share and two input shares, and of a string's path in bits.
///
/// Takes a `VdafConfiguration`.
@_cdecl("client_sizes")
func sizes(_ bytes: UnsafeRawPointer, _ count: Int) -> UnsafeMutableRawPointer {
    answer(to: bytes, count) { call throws(CallError) in
        try call.withVdaf(SizesOfValues())
    }
}

/// Splits a measurement: the public share, the Leader's and the Helper's input share, each behind its length.
///
/// Takes a `VdafConfiguration`, the context, the nonce, the randomness, and the measurement.
@_cdecl("client_shard")
func shard(_ bytes: UnsafeRawPointer, _ count: Int) -> UnsafeMutableRawPointer {
    answer(to: bytes, count) { call throws(CallError) in
        try call.withVdaf(SharesOfMeasurement())
    }
}

/// The path of a string, in whole bytes: takes the number of bits in four bytes, and the string as a measurement.
@_cdecl("client_path")
func path(_ bytes: UnsafeRawPointer, _ count: Int) -> UnsafeMutableRawPointer {
    answer(to: bytes, count) { message throws(CallError) in
        let bits = Int(try message.u32())
        guard case .bits(let path) = try message.measurement(bits: bits) else { throw .malformed }
        return path.bytes
    }
}

/// Answers a call, or says why not; what the call left on the stack is wiped.
private func answer(
    to bytes: UnsafeRawPointer, _ count: Int, _ body: (inout Call) throws(CallError) -> [UInt8]
) -> UnsafeMutableRawPointer {
    var call = Call([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
    defer { wipeStack() }
    do throws(CallError) {
        return memory(of: try body(&call), after: 0)
    } catch {
        return memory(of: Array(error.text.utf8), after: error.isUnfitMeasurement ? 1 : 2)
    }
}

/// Memory with a length, what kind of answer follows, and the answer.
private func memory(of bytes: [UInt8], after kind: UInt8) -> UnsafeMutableRawPointer {
    let start = UnsafeMutableRawPointer.allocate(byteCount: 5 + bytes.count, alignment: 16)
    start.storeBytes(of: UInt32(bytes.count + 1).littleEndian, as: UInt32.self)
    start.storeBytes(of: kind, toByteOffset: 4, as: UInt8.self)
    bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: start + 5, count: $0.count).copyMemory(from: $0) }
    return start
}
