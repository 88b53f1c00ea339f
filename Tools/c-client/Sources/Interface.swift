import CPopulusClient
import PopulusReportMaking

// The functions of populus_client.h, which says what each does. Here arguments are checked and turned into values of
// Swift, and nothing else happens.

extension Client {
    /// The client behind a pointer.
    static func of(_ pointer: OpaquePointer?) throws(ClientFailure) -> Client {
        guard let pointer else { throw .invalidArgument("client") }
        return Unmanaged<Client>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }
}

/// A copy of bytes that C owns.
func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int, _ name: String) throws(ClientFailure) -> [UInt8] {
    guard count >= 0 else { throw .invalidArgument(name, "is longer than memory can be") }
    guard let start else {
        guard count == 0 else { throw .invalidArgument(name) }
        return []
    }
    return Array(UnsafeBufferPointer(start: start, count: count))
}

func check(_ aggregator: populus_client_aggregator) throws(ClientFailure) {
    guard aggregator == POPULUS_CLIENT_LEADER || aggregator == POPULUS_CLIENT_HELPER else {
        throw .invalidArgument("aggregator", "is neither POPULUS_CLIENT_LEADER nor POPULUS_CLIENT_HELPER")
    }
}

/// The library's version.
@c @implementation
public func populus_client_version() -> UnsafePointer<CChar>? { libraryVersion.pointer }

/// A sentence about a status.
@c @implementation
public func populus_client_status_text(_ status: populus_client_status) -> UnsafePointer<CChar>? {
    words(for: status).pointer
}

/// Makes a client from a task's file.
@c @implementation
public func populus_client_open(
    _ task: UnsafePointer<UInt8>?, _ length: Int, _ client: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    client?.pointee = nil
    return answer(error) { () throws(ClientFailure) in
        guard let client else { throw .invalidArgument("client") }
        let made = Client(try ClientTask.decode(try bytes(task, length, "task")))
        client.pointee = OpaquePointer(Unmanaged.passRetained(made).toOpaque())
    }
}

/// Ends a client.
@c @implementation
public func populus_client_close(_ client: OpaquePointer?) {
    guard let client else { return }
    Unmanaged<Client>.fromOpaque(UnsafeRawPointer(client)).release()
}

/// Says whether the person consents.
@c @implementation
public func populus_client_set_consent(
    _ client: OpaquePointer?, _ given: Bool, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in try Client.of(client).setConsent(given) }
}

/// Has strings that the task cannot take reported as others.
@c @implementation
public func populus_client_set_others(
    _ client: OpaquePointer?, _ reported: Bool, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in try Client.of(client).setOthers(reported) }
}

/// Where to fetch an aggregator's keys.
@c @implementation
public func populus_client_keys_address(
    _ client: OpaquePointer?, _ aggregator: populus_client_aggregator
) -> UnsafePointer<CChar>? {
    guard let client = try? Client.of(client), (try? check(aggregator)) != nil else { return nil }
    return (aggregator == POPULUS_CLIENT_LEADER ? client.leaderKeysAddress : client.helperKeysAddress).pointer
}

/// Pins a public key.
@c @implementation
public func populus_client_pin_key(
    _ client: OpaquePointer?, _ aggregator: populus_client_aggregator, _ key: UnsafePointer<UInt8>?, _ length: Int,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        try check(aggregator)
        guard length == 32 else { throw .invalidArgument("key", "has 32 bytes, not \(length)") }
        try client.pin(try bytes(key, length, "key"), of: aggregator)
    }
}

/// Sets an aggregator's keys.
@c @implementation
public func populus_client_set_keys(
    _ client: OpaquePointer?, _ aggregator: populus_client_aggregator, _ list: UnsafePointer<UInt8>?, _ length: Int,
    _ lifetime: UInt64, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let client = try Client.of(client)
        try check(aggregator)
        try client.setKeys(try bytes(list, length, "bytes"), of: aggregator, lifetime: lifetime)
    }
}
