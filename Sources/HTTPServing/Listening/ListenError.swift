import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why an address cannot be listened on.
///
/// The first of two addresses is that of the socket, the other one is what was wanted: a name or `*` has several sockets.
package enum ListenError: Error, Equatable {
    case taken(ListenAddress, wanted: ListenAddress)
    case notPermitted(ListenAddress, wanted: ListenAddress)
    case notOurs(ListenAddress, wanted: ListenAddress)
    case unknownHost(ListenAddress)
    case other(ListenAddress, wanted: ListenAddress, reason: String)

    init(_ error: any Error, at address: ListenAddress, wanted: ListenAddress) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: self = .taken(address, wanted: wanted)
        case EACCES: self = .notPermitted(address, wanted: wanted)
        case EADDRNOTAVAIL, EAFNOSUPPORT: self = .notOurs(address, wanted: wanted)
        default: self = .other(address, wanted: wanted, reason: "\(error)")
        }
    }
}

extension ListenError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .taken(let address, let wanted):
            "port \(address.port) of \(address.host) is taken\(Self.reason(address, wanted)); stop the other process, "
                + "or give another port"
        case .notPermitted(let address, let wanted):
            "\(address): not permitted\(Self.reason(address, wanted)); ports below 1024 need privileges, choose another"
        case .notOurs(let address, let wanted):
            "\(address): this machine does not have the address \(address.host)\(Self.reason(address, wanted))"
        case .unknownHost(let address):
            "\(address): the name \(address.host) is unknown; give an address, such as 127.0.0.1:\(address.port)"
        case .other(let address, let wanted, let reason):
            "\(address): cannot listen\(Self.reason(address, wanted)): \(reason)"
        }
    }

    private static func reason(_ address: ListenAddress, _ wanted: ListenAddress) -> String {
        address.host == wanted.host ? "" : ", which \(wanted.host) stands for too"
    }
}
