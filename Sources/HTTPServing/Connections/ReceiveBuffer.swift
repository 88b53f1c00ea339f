import NIOCore

/// How much is read from a connection at once.
package enum ReceiveBuffer {
    /// Messages of 40 to 70 kB (a walk's, of 2,000 reports) alternate with short ones, so that buffers that follow the
    /// size of the last reads are too small each time; each read wakes the request's task.
    private static let bytes = 64 << 10

    package static func set(on channel: any Channel) -> EventLoopFuture<Void> {
        channel.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: bytes))
    }
}
