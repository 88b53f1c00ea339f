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
package enum ListenError: Error, Equatable {
    case taken(ListenAddress)
    case notPermitted(ListenAddress)
    case notOurs(ListenAddress)
    case unknownHost(String)
    case other(ListenAddress, reason: String)

    init(_ error: any Error, at address: ListenAddress) {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE: self = .taken(address)
        case let error as IOError where error.errnoCode == EACCES: self = .notPermitted(address)
        case let error as IOError where error.errnoCode == EADDRNOTAVAIL: self = .notOurs(address)
        case is SocketAddressError, is SocketAddressError.UnknownHost: self = .unknownHost(address.host)
        default: self = .other(address, reason: "\(error)")
        }
    }
}

extension ListenError: CustomStringConvertible {
    /// The address that was wanted; nothing if its host is unknown.
    package var address: ListenAddress? {
        switch self {
        case .taken(let address), .notPermitted(let address), .notOurs(let address), .other(let address, _): address
        case .unknownHost: nil
        }
    }

    package var description: String {
        switch self {
        case .taken(let address):
            "port \(address.port) of \(address.host) is taken; stop the other process, or give another port"
        case .notPermitted(let address): "\(address): not permitted; ports below 1024 need privileges, choose another"
        case .notOurs(let address): "\(address): this machine does not have the address \(address.host)"
        case .unknownHost(let host): "\(host): the host is unknown"
        case .other(let address, let reason): "\(address): cannot listen: \(reason)"
        }
    }
}
