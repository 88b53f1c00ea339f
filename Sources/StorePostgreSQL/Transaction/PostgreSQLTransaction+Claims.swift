#if PostgreSQL
import Aggregator
import PopulusDAP

/// Who works at what, where processes share the store; a process that has it alone writes nothing of it.
///
/// All of it is in the transaction that the work's rows are in, under the task's lock: no two processes take the same at the
/// same time, so none has to pass over rows that another one has locked (`SKIP LOCKED`).
extension PostgreSQLTransaction {
    func take(_ work: Work) throws -> Claim? {
        guard let replica else { return Claim(work: work, token: 0) }
        // A token is never given twice, be the claim forgotten in between. What is this process's already stays as it is.
        let token = try db.one(
            """
            INSERT INTO claim (task, kind, key, replica, token, progress)
            VALUES ($1, $2, $3, $4, nextval('claim_token'), 0)
            ON CONFLICT (task, kind, key) DO UPDATE SET
                replica = excluded.replica,
                token = CASE WHEN claim.replica = $4 THEN claim.token ELSE excluded.token END,
                progress = CASE WHEN claim.replica = $4 THEN claim.progress ELSE 0 END
            WHERE claim.replica = $4 OR NOT EXISTS (\(ReplicaTables.ownerKeeps))
            RETURNING token
            """, key(work) + [.id(replica)]
        ) { try $0.integer() }
        return token.map { Claim(work: work, token: $0) }
    }

    func holds(_ claim: Claim) throws -> Bool {
        guard let replica else { return true }
        let own = try db.one(
            "SELECT replica = $4 AND token = $5 FROM claim WHERE task = $1 AND kind = $2 AND key = $3",
            key(claim.work) + [.id(replica), .integer(claim.token)]
        ) { try $0.boolean() }
        return own == true
    }

    func owner(of work: Work) throws -> WorkOwner? {
        guard replica != nil else { return nil }
        return try db.one(
            """
            SELECT claim.replica, coalesce(address, ''), coalesce(\(ReplicaTables.isAlive), false), token, progress
            FROM claim LEFT JOIN replica ON replica.id = claim.replica
            WHERE task = $1 AND kind = $2 AND key = $3
            """, key(work)
        ) { columns in
            WorkOwner(
                replica: try columns.identifier(), address: try columns.text(), isAlive: try columns.boolean(),
                token: try columns.integer(), progress: try columns.number())
        }
    }

    func note(_ claim: Claim, progress: Int) throws -> Bool {
        guard let replica else { return true }
        return try db.run(
            """
            UPDATE claim SET progress = $6
            WHERE task = $1 AND kind = $2 AND key = $3 AND replica = $4 AND token = $5
            """, key(claim.work) + [.id(replica), .integer(claim.token), .number(progress)]) == 1
    }

    func forget(_ work: Work) throws {
        guard replica != nil else { return }
        try db.run("DELETE FROM claim WHERE task = $1 AND kind = $2 AND key = $3", key(work))
    }

    func tellOthers() throws { tellsOthers = true }

    private func key(_ work: Work) -> [PostgreSQLValue] {
        [.integer(task), .text(work.kind.rawValue), .bytes(work.key)]
    }
}

extension ReplicaTables {
    /// Forgets claims to work that is over, of processes that are dead: taken just after it had ended.
    ///
    /// The caller has the task's lock alone. `OFFSET 0` has PostgreSQL look each of them up, and not at all jobs that there are.
    static func forgetLeftovers(of task: Int64, _ db: PostgreSQLConnection) throws {
        let open = "phase NOT IN ('finished', 'abandoned')"
        try db.run(
            """
            DELETE FROM claim WHERE task = $1
                AND NOT EXISTS (SELECT FROM replica WHERE replica.id = claim.replica AND \(isAlive))
                AND NOT CASE kind
                    WHEN 'resource' THEN EXISTS (SELECT FROM resource
                        WHERE resource.task = $1 AND resource_id = key AND state = 'running' OFFSET 0)
                    WHEN 'job' THEN EXISTS (SELECT FROM job WHERE job.task = $1 AND job_id = key AND \(open) OFFSET 0)
                    ELSE EXISTS (SELECT FROM job
                        WHERE job.task = $1 AND job.id = ('x' || encode(key, 'hex'))::bit(64)::bigint AND \(open) OFFSET 0)
                END
            """, [.integer(task)])
    }
}
#endif
