# SPDX-License-Identifier: MIT
# Reads the JUnit file of one ctest run and counts tests, not test programs:
# each cmocka test counts, and a program that is not cmocka's counts as one.
# Prints a line for each test that failed or was skipped, with the reason it
# gave, and last the numbers passed, failed and skipped.

function attribute(name,    text) {
    if (!match($0, name "=\"[^\"]*\""))
        return ""
    text = substr($0, RSTART, RLENGTH - 1)
    sub(/^[^"]*"/, "", text)
    return decoded(text)
}

function decoded(text) {
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&apos;/, "'", text)
    gsub(/&amp;/, "\\&", text)
    return text
}

function begin_program() {
    program = attribute("name")
    status = attribute("status")
    test = ""
    reason = "no reason given"
    tests = 0
    failed_before = failed
    skip_is_wanted = 0
}

function skip(name) {
    sub(/^(skip|skipped|SKIP|SKIPPED): */, "", reason)
    print "skipped " name ": " reason
    skipped++
}

function fail(name) {
    print "failed  " name
    failed++
}

function end_program() {
    if (status == "fail" && test != "")
        fail(program "/" test ": did not finish")
    else if (status == "fail" && failed == failed_before)
        fail(program)
    else if (status == "notrun" && !skip_is_wanted)
        fail(program ": " reason)
    else if (status == "notrun" || status == "disabled")
        skip(program)
    else if (status == "run" && tests == 0)
        passed++
}

# What cmocka prints about a test begins at its RUN line; the same words come
# again in the list at the end, where no test is running. An ERROR with the name
# of the test comes when its teardown failed.
function read_output(line) {
    if (line ~ /^\[ RUN      \] /) {
        test = substr(line, 14)
        reason = "no reason given"
        tests++
    } else if (test != "" && line == "[       OK ] " test) {
        passed++
        test = ""
    } else if (test != "" && line == "[  SKIPPED ] " test) {
        skip(program "/" test)
        test = ""
    } else if (test != "" && (line == "[  FAILED  ] " test || \
            line == "[  ERROR   ] " test)) {
        fail(program "/" test)
        test = ""
    } else if (line ~ /[^ \t]/) {
        reason = line
    }
}

/^\t<testcase / { begin_program() }
/^\t\t<skipped message="SKIP_/ { skip_is_wanted = 1 }
/^\t<\/testcase>/ { end_program() }
/^\t\t<system-out>/ { inside = 1; sub(/^\t\t<system-out>/, "") }
inside {
    last = sub(/<\/system-out>$/, "")
    read_output(decoded($0))
    if (last)
        inside = 0
}
END { print passed + 0, failed + 0, skipped + 0 }
