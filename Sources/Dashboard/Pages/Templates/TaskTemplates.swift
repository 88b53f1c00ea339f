/// All tasks, and one.
enum TaskTemplates {
    static let tasks = """
        {{^hasTasks}}<p class="card">Nothing is kept here yet. A discovery or a collection that records its result in this file
        of results will be listed.</p>{{/hasTasks}}
        <ul class="cards">
        {{#tasks}}<li class="card">
        <h2><a href="{{path}}">{{name}}</a></h2>
        {{#.live}}<p><a class="badge" href="{{.}}">a walk is going on</a></p>{{/.live}}
        <p>{{walks}}, {{collections}}{{#.latest}} <span class="hint">latest result <time datetime="{{iso}}">{{text}}</time></span>\
        {{/.latest}}</p>
        {{>facts}}
        </li>
        {{/tasks}}
        </ul>

        """

    static let task = """
        <div class="card">{{>facts}}</div>
        {{#canDiscover}}<p><a class="main button" href="{{discover}}">Start a discovery</a></p>{{/canDiscover}}
        {{#live}}<p><a class="main button" href="{{.}}">Watch the walk that is going on</a></p>{{/live}}
        {{#why}}<p class="hint">No discovery can be started here: {{.}}</p>{{/why}}
        <h2>Walks</h2>
        {{^hasWalks}}<p>None is kept.</p>{{/hasWalks}}
        {{#hasWalks}}<div class="panel scroll" tabindex="0" role="region" aria-label="Walks"><table>
        <thead><tr><th scope="col">Reports of</th><th scope="col">Result</th><th scope="col" class="number">Strings</th>
        <th scope="col" class="number">Reports</th><th scope="col">Threshold</th><th scope="col">Ended</th></tr></thead>
        <tbody>
        {{#walks}}<tr><th scope="row"><a href="{{path}}">{{when}}</a></th><td><span class="kind">{{ending}}</span></td>
        <td class="number">{{strings}}</td><td class="number">{{reports}}</td><td>{{threshold}}</td>
        <td><time datetime="{{iso}}">{{ended}}</time></td></tr>
        {{/walks}}
        </tbody></table></div>{{/hasWalks}}
        {{#hasCollections}}<h2>Collections</h2>
        <div class="panel scroll" tabindex="0" role="region" aria-label="Collections"><table>
        <thead><tr><th scope="col">Reports of</th><th scope="col" class="number">Numbers</th>
        <th scope="col" class="number">Reports</th><th scope="col">Ended</th></tr></thead>
        <tbody>
        {{#collections}}<tr><th scope="row"><a href="{{path}}">{{when}}</a></th><td class="number">{{numbers}}</td>
        <td class="number">{{reports}}</td><td><time datetime="{{iso}}">{{ended}}</time></td></tr>
        {{/collections}}
        </tbody></table></div>{{/hasCollections}}

        """
}
