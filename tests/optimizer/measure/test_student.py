import pytest
from perfsmith.optimizer.measure.student import incomplete_beta, quantile, tail
from scipy import special, stats

FREEDOM = (1, 2, 3, 5, 7, 11, 27, 75, 127, 1000)


@pytest.mark.parametrize("df", FREEDOM)
@pytest.mark.parametrize("alpha", [1e-7, 1e-5, 1e-4, 5e-4, 0.0022, 0.025, 0.05, 0.3, 0.49, 0.7, 0.999])
def test_quantiles_agree_with_scipy(df, alpha):
    assert quantile(alpha, df) == pytest.approx(stats.t.isf(alpha, df), rel=1e-9)


@pytest.mark.parametrize("df", FREEDOM)
@pytest.mark.parametrize("t", [-3.0, -0.01, 0.0, 1e-6, 0.5, 2.0, 10.0, 1e4])
def test_tails_agree_with_scipy(df, t):
    assert tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-9)


@pytest.mark.parametrize("x", [0.0, 1e-12, 0.1, 0.5, 0.9, 1 - 1e-9, 1.0])
def test_the_incomplete_beta_function_agrees_with_scipy(x):
    assert incomplete_beta(x, 2.5, 0.5, rest=1 - x) == pytest.approx(special.betainc(2.5, 0.5, x), rel=1e-9)


def test_the_median_is_zero():
    assert quantile(0.5, 7) == 0.0


@pytest.mark.parametrize(("alpha", "df"), [(0.0, 5), (1.0, 5), (-0.1, 5), (0.05, 0)])
def test_what_has_no_quantile_is_refused(alpha, df):
    with pytest.raises(ValueError, match="no quantile"):
        quantile(alpha, df)
