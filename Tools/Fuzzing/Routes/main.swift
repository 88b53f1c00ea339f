import FuzzTarget

FuzzTarget.run([.leader, .helper, .heads])
