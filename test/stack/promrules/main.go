// Program promrules tests alerting rules of Prometheus by files in the format of `promtool test rules`, of which it knows
// what the tests here use: rule_files, evaluation_interval, tests with input_series and alert_rule_test. Building promtool
// itself takes ten times as long, since it contains the discovery of services.
//
//	promrules FILE...
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v2"
)

type file struct {
	RuleFiles          []string       `yaml:"rule_files"`
	EvaluationInterval model.Duration `yaml:"evaluation_interval"`
	Tests              []testCase     `yaml:"tests"`
}

type testCase struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Series   []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Alerts []struct {
		EvalTime  model.Duration  `yaml:"eval_time"`
		AlertName string          `yaml:"alertname"`
		Expected  []expectedAlert `yaml:"exp_alerts"`
	} `yaml:"alert_rule_test"`
}

type expectedAlert struct {
	Labels      map[string]string `yaml:"exp_labels"`
	Annotations map[string]string `yaml:"exp_annotations"`
}

func main() {
	failed := false
	for _, name := range os.Args[1:] {
		if err := testFile(name); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func testFile(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var read file
	if err := yaml.UnmarshalStrict(text, &read); err != nil {
		return err
	}
	for i, rules := range read.RuleFiles {
		read.RuleFiles[i] = filepath.Join(filepath.Dir(name), rules)
	}
	var problems []string
	for _, test := range read.Tests {
		found, err := test.run(time.Duration(read.EvaluationInterval), read.RuleFiles)
		if err != nil {
			found = append(found, err.Error())
		}
		for _, problem := range found {
			problems = append(problems, test.Name+": "+problem)
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("\n  %s", strings.Join(problems, "\n  "))
	}
	fmt.Printf("%s: %d cases\n", name, len(read.Tests))
	return nil
}

func (test testCase) run(interval time.Duration, files []string) ([]string, error) {
	var input strings.Builder
	fmt.Fprintf(&input, "load %ds\n", int(time.Duration(test.Interval).Seconds()))
	for _, series := range test.Series {
		fmt.Fprintf(&input, "  %s %s\n", series.Series, series.Values)
	}
	suite, err := promqltest.NewLazyLoader(input.String(), promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true})
	if err != nil {
		return nil, err
	}
	defer suite.Close()
	suite.SubqueryInterval = interval
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		Appendable: suite.Storage(),
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     promslog.NewNopLogger(),
		Parser:     parser.NewParser(parser.Options{}),
	})
	groups, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, files...)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	var last model.Duration
	for _, alert := range test.Alerts {
		last = max(last, alert.EvalTime)
	}

	var problems []string
	for now := time.Unix(0, 0).UTC(); !now.After(time.Unix(0, 0).Add(time.Duration(last))); now = now.Add(interval) {
		if err := evaluate(suite, groups, now); err != nil {
			return problems, err
		}
		for _, alert := range test.Alerts {
			if now.Sub(time.Unix(0, 0)) != time.Duration(alert.EvalTime) {
				continue
			}
			expected := []string{}
			for _, one := range alert.Expected {
				withName := map[string]string{labels.AlertName: alert.AlertName}
				for name, value := range one.Labels {
					withName[name] = value
				}
				expected = append(expected, describe(labels.FromMap(withName), labels.FromMap(one.Annotations)))
			}
			slices.Sort(expected)
			if got := firing(groups, alert.AlertName); !slices.Equal(expected, got) {
				problems = append(problems, fmt.Sprintf("%s at %v\n    expected %v\n    got      %v", alert.AlertName, alert.EvalTime, expected, got))
			}
		}
	}
	return problems, nil
}

func evaluate(suite *promqltest.LazyLoader, groups map[string]*rules.Group, now time.Time) (err error) {
	suite.WithSamplesTill(now, func(loading error) { err = loading })
	for _, group := range groups {
		if err != nil {
			return err
		}
		group.Eval(suite.Context(), now)
		for _, rule := range group.Rules() {
			if failure := rule.LastError(); failure != nil {
				err = fmt.Errorf("rule %s: %w", rule.Name(), failure)
			}
		}
	}
	return err
}

func firing(groups map[string]*rules.Group, name string) []string {
	got := []string{}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok || alerting.Name() != name {
				continue
			}
			for _, alert := range alerting.ActiveAlerts() {
				if alert.State == rules.StateFiring {
					got = append(got, describe(alert.Labels, alert.Annotations))
				}
			}
		}
	}
	slices.Sort(got)
	return got
}

func describe(all, annotations labels.Labels) string {
	return all.String() + " " + annotations.String()
}
