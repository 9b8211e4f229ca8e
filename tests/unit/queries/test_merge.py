from watchdog.finding import Location
from watchdog.queries.merge import merge
from watchdog.queries.statement import Harvest, Statement, Unread

HERE, THERE = Location("a.ts", 1), Location("b.ts", 2)


def of(*statements: Statement) -> Harvest:
    return Harvest(statements=statements)


def test_the_same_statement_at_two_places_is_one_however_it_is_broken_into_lines() -> None:
    one, other = Statement(sql="SELECT 1", locations=(HERE,)), Statement(sql="SELECT\n  1", locations=(THERE, HERE))
    assert merge([of(one), of(other)]) == of(Statement(sql="SELECT 1", locations=(HERE, THERE)))


def test_what_a_server_recorded_of_a_statement_in_a_file_is_that_statement() -> None:
    written = Statement(sql="SELECT  1", locations=(HERE,))
    once = Statement(sql="SELECT 1", calls=2, calls_a_day=0.5, query_id=7, recorded=True)
    again = Statement(sql="SELECT 1", calls=3, calls_a_day=1.0, query_id=8, recorded=True)
    both = Statement(sql="SELECT  1", locations=(HERE,), calls=5, calls_a_day=1.5, query_id=7)
    assert merge([of(once, again), of(written)]) == of(both)
    assert merge([of(once), of(again)]).statements[0].recorded


def test_statements_and_places_keep_their_order_and_no_place_is_told_twice() -> None:
    first, second = Unread(location=THERE, reason="x"), Unread(location=HERE, reason="x")
    one = Harvest(statements=(Statement(sql="b"), Statement(sql="a")), unread=(first, second))
    assert merge([one, Harvest(unread=(second,))]) == one
    assert merge([]) == Harvest()
