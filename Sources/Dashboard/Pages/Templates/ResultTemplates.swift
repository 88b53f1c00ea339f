/// What is made of results: comparisons, a string's history, collections.
enum ResultTemplates {
    static let comparison = """
        <div class="card">{{>facts}}</div>
        <p class="hint">Both walks are read as if they had been asked with the higher threshold. A change that noise alone may have
        made is none.</p>
        {{>filter}}
        <div data-region="table" tabindex="-1">
        {{>chips}}
        <ul class="totals" aria-label="Kinds of changes">
        {{#totals}}<li><a href="{{path}}" data-swap{{#.selected}} aria-current="true"{{/.selected}}>\
        <span aria-hidden="true">{{sign}}</span> {{words}} <strong>{{number}}</strong></a></li>
        {{/totals}}
        </ul>
        <p class="found" data-said>{{found}}</p>
        {{#hasRows}}<div class="panel scroll" tabindex="0" role="region" aria-label="Changes"><table>
        <thead><tr><th scope="col">Change</th>{{#isGrouped}}<th scope="col">Group</th>{{/isGrouped}}<th scope="col">String</th>
        <th scope="col" class="number">Earlier</th><th scope="col" class="number">Later</th>
        <th scope="col" class="number">Difference</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td class="change"><span class="kind {{name}}"><span aria-hidden="true">{{sign}}</span> {{words}}</span></td>
        {{#isGrouped}}<td>{{#.group}}{{>value}}{{/.group}}</td>{{/isGrouped}}
        <th scope="row" class="string"><a href="{{path}}">{{#shown}}{{>value}}{{/shown}}</a></th>
        <td class="number">{{earlier}}</td><td class="number">{{later}}</td><td class="number">{{difference}}</td></tr>
        {{/rows}}
        </tbody></table></div>{{/hasRows}}
        {{>pager}}
        </div>

        """

    static let string = """
        <p class="whole" id="whole">{{#shown}}{{>value}}{{/shown}}</p>
        <p><button type="button" hidden data-copy="{{text}}">Copy the string</button></p>
        <p class="hint">A byte that cannot be shown is written as \\xNN, and a backslash twice.</p>
        {{#.group}}<p>In the group {{>value}}</p>{{/.group}}
        <div class="grid">
        {{#spark}}<p class="trend big card"><svg viewBox="0 0 100 24" role="img" aria-label="{{words}}">\
        {{#lines}}<polyline points="{{points}}"/>{{/lines}}{{#dots}}<circle cx="{{x}}" cy="{{y}}" r="1"/>{{/dots}}</svg></p>{{/spark}}
        <div class="panel scroll" tabindex="0" role="region" aria-label="Walks"><table>
        <thead><tr><th scope="col">Reports of</th><th scope="col" class="number">Count</th>
        <th scope="col" class="number">Share</th><th scope="col">What the walk says</th></tr></thead>
        <tbody>
        {{#sightings}}<tr><th scope="row"><a href="{{path}}">{{when}}</a></th><td class="number">{{#.count}}{{.}}{{/.count}}</td>
        <td class="number">{{#.share}}{{.}}{{/.share}}</td><td>{{what}}</td></tr>
        {{/sightings}}
        </tbody></table></div>
        </div>

        """

    static let collection = """
        {{>facts}}
        <p class="actions"><a href="{{csv}}" download>Download CSV</a> <a href="{{json}}" download>Download JSON</a></p>
        {{#one}}<p class="one">{{.}}</p>{{/one}}
        {{#hasRows}}<div class="panel scroll" tabindex="0" role="region" aria-label="Numbers"><table class="sums">
        <thead><tr><th scope="col">{{column}}</th><th scope="col" class="number">Count</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row">{{#.shown}}{{>value}}{{/.shown}}{{#.index}}{{.}}{{/.index}}
        <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="fill" width="{{bar}}" \
        height="6"/></svg></th><td class="number">{{number}}</td></tr>
        {{/rows}}
        </tbody></table></div>{{/hasRows}}
        {{#more}}<p class="hint">and {{.}} more, which the downloads have</p>{{/more}}
        {{>rejections}}
        {{#remarks}}<p class="hint">{{.}}</p>{{/remarks}}

        """
}
