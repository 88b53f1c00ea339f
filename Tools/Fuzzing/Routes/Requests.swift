import Aggregator
import AggregatorServer
import Dispatch
import FuzzTarget
import HTTPServing
import HTTPTypes
import PopulusDAP
import Synchronization

/// Waits for an asynchronous body on a thread that has nothing else to do: libFuzzer's.
private func wait<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
    let done = DispatchSemaphore(value: 0)
    let value = Mutex<Value?>(nil)
    Task {
        let result = await body()
        value.withLock { $0 = result }
        done.signal()
    }
    done.wait()
    guard let result = value.withLock({ $0 }) else { preconditionFailure("it has signalled") }
    return result
}

/// The aggregators that inputs are sent to, made anew now and then: requests leave something behind.
private let world = Mutex<(world: World?, uses: Int)>((nil, 0))

private func nextWorld() -> World {
    world.withLock { state in
        state.uses += 1
        if let world = state.world, state.uses % 500 != 0 { return world }
        let made = wait { try? await World.make() }
        guard let made else { preconditionFailure("no world was made") }
        state.world = made
        return made
    }
}

/// An input taken from the front.
struct Choices {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }

    mutating func text(_ count: Int) -> String {
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }
}

extension FuzzTarget {
    static let leader = FuzzTarget("leader") { ask(.leader, $0) }
    static let helper = FuzzTarget("helper") { ask(.helper, $0) }

    /// Heads alone, of whatever method, path and fields.
    static let heads = FuzzTarget("heads") { bytes in
        var choices = Choices(bytes)
        let role: Role = choices.byte() % 2 == 0 ? .leader : .helper
        let methods = ["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]
        let method = HTTPRequest.Method(methods[choices.byte() % methods.count]) ?? .get
        var head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost", path: choices.text(choices.byte()))
        for name in [
            "Authorization", "Content-Type", "Prefer", "Populus-Clock", "Populus-Store", LeastReports.fieldName,
        ] {
            let value = choices.text(choices.byte() % 64)
            if let name = HTTPField.Name(name), !value.isEmpty { head.headerFields[name] = value }
        }
        answer(head, body: Array(choices.rest), from: nextWorld(), as: role)
    }

    /// A request to one row of the route table, nearly right, with a body that was once understood or none of the kind.
    private static func ask(_ role: Role, _ bytes: [UInt8]) {
        let (world, rows) = (nextWorld(), RouteTable.rows.filter { $0.roles.contains(role) })
        var choices = Choices(bytes)
        let row = rows[choices.byte() % rows.count]
        let flags = choices.byte()
        let ids = world.ids + [choices.text(flags >> 5)]
        let id = ids[choices.byte() % ids.count]
        let segments = row.path.map { segment in
            switch segment {
            case "{task}": world.task.id.base64URL
            case "{job}", "{share}": id
            default: segment
            }
        }
        var head = HTTPRequest(
            method: row.method, scheme: "http", authority: "localhost", path: "/" + segments.joined(separator: "/"))
        if flags & 1 == 0 { head.headerFields[.authorization] = "Bearer \(World.token)" }
        if !row.mediaTypes.isEmpty {
            head.headerFields[.contentType] = row.mediaTypes[choices.byte() % row.mediaTypes.count].description
        }
        let body = flags & 2 == 0 ? changed(world.bodies[role] ?? [], &choices) : Array(choices.rest)
        answer(head, body: body, from: world, as: role)
    }

    /// A body that was understood, changed where the input says so.
    private static func changed(_ bodies: [[UInt8]], _ choices: inout Choices) -> [UInt8] {
        guard !bodies.isEmpty else { return [] }
        var body = bodies[choices.byte() % bodies.count]
        while !choices.rest.isEmpty, !body.isEmpty {
            let (kind, place) = (choices.byte() % 4, choices.byte() << 8 | choices.byte())
            let (index, value) = (place % body.count, UInt8(choices.byte()))
            switch kind {
            case 0: body[index] = value
            case 1: body[index] ^= value
            case 2: body.insert(value, at: index)
            default: body.removeSubrange(index..<min(body.count, index + Int(value)))
            }
        }
        return body
    }

    private static func answer(_ head: HTTPRequest, body: [UInt8], from world: World, as role: Role) {
        guard let handler = world.handlers[role] else { return }
        switch handler.admit(head) {
        case .failure(let refusal):
            let response = handler.response(for: refusal, to: head)
            precondition(response.status.code >= 400, "a refusal has the status \(response.status)")
        case .success(let admission):
            guard body.count <= admission.maximumBody || admission.maximumBody == 0 else { return }
            let response = wait { await handler.respond(to: admission.route, body: body) }
            // No store fails here, so whatever was asked is nobody's fault but the asker's.
            precondition(response.status.code != 500, "\(head.path ?? "") is answered with 500")
        }
    }
}
