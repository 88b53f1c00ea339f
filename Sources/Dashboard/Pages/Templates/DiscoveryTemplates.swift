/// A discovery: its form, the question that is asked once more, and the walk while it goes on.
enum DiscoveryTemplates {
    static let discover = """
        <form method="post" action="{{action}}" class="card fields">
        <input type="hidden" name="\(FormField.csrf)" value="{{csrf}}">
        <p><label for="threshold">Threshold</label>
        <input id="threshold" name="\(FormField.threshold)" value="{{threshold}}" inputmode="decimal" autocomplete="off"
        aria-describedby="threshold-help" required></p>
        <p id="threshold-help" class="hint">A string is listed if at least so many reports have it: a number, such as 250, or a
        share of the reports, such as 1%. This task permits {{least}} or more.</p>
        <p class="hint">A batch has at least {{leastBatch}}.</p>
        {{#interval}}
        <p><label for="since">First moment of the batch</label>
        <input id="since" name="\(FormField.since)" value="{{since}}" autocomplete="off" aria-describedby="interval-help"
        required></p>
        <p><label for="until">First moment after it</label>
        <input id="until" name="\(FormField.until)" value="{{until}}" autocomplete="off" aria-describedby="interval-help"
        required></p>
        <p id="interval-help" class="hint">In UTC, such as 2026-01-31 or 2026-01-31T12:00Z. An interval that is over.</p>
        {{/interval}}
        {{#promise}}<p class="hint">{{.}}</p>{{/promise}}
        <p class="buttons"><button type="submit" class="main">Go on</button> <a href="{{back}}">Back</a></p>
        </form>

        """

    static let question = """
        <form method="post" action="{{action}}" class="card fields">
        <input type="hidden" name="\(FormField.csrf)" value="{{csrf}}">
        <input type="hidden" name="\(FormField.question)" value="{{question}}">
        <p><strong>A walk spends its batch.</strong> {{batch}} can be walked once: a lower threshold needs new reports.</p>
        <p>The threshold is <strong>{{threshold}}</strong>.</p>
        <p class="buttons"><button type="submit" class="main">Start the walk</button> <a href="{{back}}">Change the threshold</a></p>
        </form>

        """

    static let live = """
        <section data-events="{{events}}">
        <div class="card">
        <p class="state" role="status" data-part="state">{{state}}</p>
        <p><progress data-part="progress" max="100" value="{{percent}}" aria-label="Levels of the tree">{{percent}} %</progress></p>
        <p class="hint" data-part="estimate">{{estimate}}</p>
        <p data-part="result"{{^hasResult}} hidden{{/hasResult}}><a class="main button" \
        href="{{#result}}{{.}}{{/result}}{{^result}}\(DashboardPath.tasks.text){{/result}}">Open the result</a></p>
        </div>
        <dl class="tiles" data-part="tiles">
        {{#tiles}}<div><dt>{{term}}</dt><dd>{{text}}</dd></div>
        {{/tiles}}
        </dl>
        <figure class="card">
        <svg class="tree" viewBox="0 0 800 200" preserveAspectRatio="none" role="img" aria-labelledby="tree-words" data-part="tree">
        {{#tree}}<rect class="asked" x="{{x}}" y="{{askedY}}" width="{{width}}" height="{{asked}}"/>\
        <rect class="kept" x="{{x}}" y="{{keptY}}" width="{{width}}" height="{{kept}}"/>
        {{/tree}}
        </svg>
        <figcaption id="tree-words">The tree of beginnings, from the first bit on the left to the last on the right:
        <span class="key asked">how many were asked for</span> and <span class="key kept">how many of them have enough votes</span>.
        Which they are, and what is below the threshold, is shown to nobody.</figcaption>
        </figure>
        {{>steps}}
        <p class="hint" data-part="late">{{late}}</p>
        </section>

        """

    /// The steps of a walk, under way or finished.
    static let steps = """
        <div class="panel scroll tall" tabindex="0" role="region" aria-label="Steps"><table>
        <thead><tr><th scope="col" class="number">Step</th><th scope="col" class="number">Bits</th>
        <th scope="col" class="number">Candidates</th><th scope="col" class="number">With enough votes</th>
        <th scope="col" class="number">Reports</th><th scope="col" class="number">Late rejections</th>
        <th scope="col" class="number">Time</th><th scope="col" class="number">Evaluations a second</th></tr></thead>
        <tbody data-part="steps">
        {{#steps}}<tr>{{#cells}}<td class="number">{{.}}</td>{{/cells}}</tr>
        {{/steps}}
        </tbody></table></div>

        """
}
