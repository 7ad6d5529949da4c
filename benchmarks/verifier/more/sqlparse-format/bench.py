"""Statements of several kinds, formatted in several ways; prints a digest of what comes out."""

import hashlib

import sqlparse

STATEMENTS = [
    "select a.id, b.name as title from orders a left join books b on a.book = b.id where a.n > 3 and b.year in (1, 2)",
    "insert into t (a, b) values (1, 'x; y'), (2, null); update t set a = a + 1 where b is not null",
    "with recent as (select * from log where day > '2020-01-01') select count(*), max(day) from recent group by user",
    "create or replace function f() returns int as $$ begin return 1; end $$ language plpgsql;",
    "select case when x = 1 then 'one' else (select max(y) from z) end, -- a remark\n /* b */ sum(q) over (order by r)",
]
WAYS = [
    {"reindent": True, "keyword_case": "upper"},
    {"reindent": True, "comma_first": True, "indent_width": 4},
    {"strip_comments": True, "identifier_case": "lower"},
    {"reindent_aligned": True, "use_space_around_operators": True},
]

digest = hashlib.sha256()
for number in range(6):
    for statement in STATEMENTS:
        for way in WAYS:
            digest.update(sqlparse.format(statement.replace("1", str(number)), **way).encode())
        digest.update(repr([str(one) for one in sqlparse.split(statement)]).encode())
print(digest.hexdigest())
