import CPopulusKernels

// Elements and bytes. Encoded they are little-endian integers, end to end; as many bytes as elements in memory.
extension FieldKernels {
    /// Turns integers in the places of elements into elements, and closes the gaps of those that are not below p.
    ///
    /// - Returns: how many elements there are.
    @inlinable
    func takeCanonical(_ integers: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        switch self {
        case .field64: unsafe populus_field64_take_canonical(integers, count)
        case .field128: unsafe populus_field128_take_canonical(integers, count)
        }
    }

    /// `count` elements from the bytes that `fill` draws; draws that are not below p are drawn again.
    ///
    /// Spec: VDAF §6.2 (`next_vec`).
    @inlinable package func draw<E: BitwiseCopyable>(
        _ count: Int, as element: E.Type = E.self, fill: (inout MutableSpan<UInt8>) -> Void
    ) -> [E] {
        check(E.self)
        return unsafe [E](unsafeUninitializedCapacity: count) { elements, initialized in
            // Bytes of an encoded element are as many as of an element: they are drawn into its place.
            var taken = 0
            while taken < count {
                let missing = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(elements)[(taken * size)..<(count * size)])
                unsafe missing.withMemoryRebound(to: UInt8.self) { bytes in
                    var span = unsafe bytes.mutableSpan
                    fill(&span)
                }
                unsafe taken += takeCanonical(missing.baseAddress, count - taken)
            }
            initialized = count
        }
    }

    /// The elements that `bytes` are; fewer than these have room for where one of them is not below p.
    ///
    /// - Precondition: a whole number of encoded elements.
    @inlinable package func decode<E: BitwiseCopyable>(_ bytes: Span<UInt8>, as element: E.Type = E.self) -> [E] {
        check(E.self)
        precondition(bytes.count % size == 0)
        let count = bytes.count / size
        return unsafe [E](unsafeUninitializedCapacity: count) { elements, initialized in
            unsafe bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(elements).copyMemory(from: $0) }
            unsafe initialized = takeCanonical(elements.baseAddress, count)
        }
    }

    /// The elements as bytes.
    @inlinable package func encode<E: BitwiseCopyable>(_ elements: Span<E>) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: elements.count * size) { bytes, initialized in
            unsafe encode(elements, into: bytes)
            initialized = elements.count * size
        }
    }

    /// Hands the elements to `body` as bytes, piece after piece, and wipes these.
    @inlinable package func encode<E: BitwiseCopyable>(_ elements: Span<E>, inPieces body: (Span<UInt8>) -> Void) {
        let room = 2048
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { bytes in
            defer { unsafe wipe(UnsafeMutableRawBufferPointer(bytes)) }
            for start in stride(from: 0, to: elements.count, by: room / size) {
                let part = elements.extracting(start..<min(start + room / size, elements.count))
                unsafe encode(part, into: bytes)
                let encoded = unsafe UnsafeBufferPointer(rebasing: bytes.prefix(part.count * size))
                body(unsafe encoded.span)
            }
        }
    }

    /// - Precondition: `bytes` has room for the elements.
    @inlinable
    func encode<E: BitwiseCopyable>(_ elements: Span<E>, into bytes: UnsafeMutableBufferPointer<UInt8>) {
        check(E.self)
        precondition(bytes.count / size >= elements.count)
        unsafe elements.withUnsafeBufferPointer {
            switch self {
            case .field64: unsafe populus_field64_encode($0.baseAddress, $0.count, bytes.baseAddress)
            case .field128: unsafe populus_field128_encode($0.baseAddress, $0.count, bytes.baseAddress)
            }
        }
    }
}
