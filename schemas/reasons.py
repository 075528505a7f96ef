"""Why a row is set aside, why one is skipped, what was tidied, and what a reader of a delivery should know.

What belongs here: four closed vocabularies with their Chinese wording. Codes go into receipts,
quarantine and health tables; the wording goes to the departments. Nothing else may be written there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CAVEATS", "REASONS", "SKIPS", "TIDIED", "Reason", "caveat", "caveat_parts", "caveat_text"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for quarantine: what is wrong, and what the sender should do."""

    title: str
    fix: str


REASONS: Mapping[str, Reason] = {
    "row_shape": Reason("该行单元格数多于表头", "检查该行是否多出分隔符（如金额中的逗号未加引号），修正后重报"),
    "row_short": Reason("该行单元格数少于表头", "检查该行是否缺少分隔符或被换行截断，空单元格也保留分隔符，修正后重报"),
    "broken_text": Reason("该行含无法识别的字符", "用UTF-8或GB18030编码重新导出该行后重报"),
    "missing_required": Reason("必填项为空", "补填该单元格后重报"),
    "id_masked": Reason("身份证号被遮盖", "提供完整的身份证号后重报"),
    "id_other_document": Reason(
        "不是18位身份证件号码（如护照、通行证、军官证、旧版外国人永久居留证或统一社会信用代码）",
        "填写居民身份证、港澳台居民居住证或新版外国人永久居留身份证的18位号码后重报",
    ),
    "id_shape": Reason("身份证号位数或字符有误", "核对为18位（或15位）身份证号后重报"),
    "id_birth_date": Reason("身份证号中的出生日期不存在或晚于今天", "核对身份证号后重报"),
    "id_checksum": Reason("身份证号校验码不符", "核对身份证号后重报"),
    "excel_number": Reason("号码被表格软件转成数字，末尾数字已丢失", "将该列设为文本格式，从业务系统重新导出后重报"),
    "cell_error": Reason("单元格是公式错误值", "改正公式或填入数值后重报"),
    "percent_cell": Reason("数值单元格显示为百分数，无法知道指的是多少", "将单元格格式改为“数值”，核对数值后重报"),
    "merged_amount": Reason("金额单元格跨行合并，无法知道每行多少", "取消合并，逐行填写金额后重报"),
    "bad_date": Reason("日期无法识别或不存在", "按2024-03-01的样式填写后重报"),
    "two_digit_year": Reason("日期的年份只有两位", "填写四位年份（如2024-03-01）后重报"),
    "other_calendar": Reason("日期不是公历（如民国纪年、农历）", "换算为公历后重报"),
    "future_date": Reason("日期晚于今天", "核对日期后重报"),
    "bad_month": Reason("月份无法识别", "按2024-03的样式填写后重报"),
    "bad_period": Reason("所属期无法识别", "按2024-03（月）或2024（年）的样式填写后重报"),
    "period_range": Reason(
        "所属期跨多个月份", "按月分行填报；全年合计的填年份（如2024）后重报，不要把合计金额平均到各月"
    ),
    "bad_money": Reason("金额无法识别", "填写数字（可带两位小数）后重报"),
    "money_in_words": Reason("金额是汉字大写", "改填阿拉伯数字后重报"),
    "money_too_fine": Reason("金额精确到分以下", "由业务系统确定到分的金额后重报"),
    "bad_integer": Reason("不是整数", "填写整数后重报"),
    "bad_boolean": Reason("不是“是”或“否”", "填写“是”或“否”后重报"),
    "out_of_range": Reason("数值超出允许范围", "核对数值后重报"),
    "unknown_code": Reason("不在代码表中的取值", "改用模板下拉列表中的取值；确为新增类别的，请先与民政局约定"),
    "text_too_long": Reason("文字过长，可能发生了串行", "检查该行引号和分隔符后重报"),
    "negative_without_number": Reason("负数金额没有业务编号，无法冲销", "补填被冲销款项的业务编号后重报"),
    "ends_before_start": Reason("结束日期早于开始日期", "核对两个日期后重报"),
}

SKIPS: Mapping[str, str] = {
    "title": "表头以上的标题行",
    "blank": "空行",
    "header": "重复出现的表头行",
    "total": "合计、小计行",
    "footer": "落款、说明行",
}

TIDIED: Mapping[str, str] = {
    "null_word": "空格或“无”“/”等占位符按空值读取",
    "id_width": "身份证号中的全角字符",
    "id_spaces": "身份证号中的空格、连字符、撇号或不可见字符",
    "id_letter_x": "身份证号末位小写x或形近字符写为X",
    "id_15_to_18": "15位身份证号升为18位",
    "number_width": "编号中的全角字符",
    "number_spaces": "编号中的空格、撇号或不可见字符",
    "name_unseen": "姓名中的不可见字符",
    "name_width": "姓名中的全角字母、数字和符号",
    "name_standard": "姓名中的旧国标自定义区生僻字按GB 18030-2022编码",
    "name_dot": "姓名中的间隔号",
    "name_remark": "姓名后括号内的备注（如“已故”）",
    "name_spaces": "姓名中的空格",
    "text_unseen": "文字中的不可见字符",
    "text_spaces": "文字中的空格和换行",
    "address_width": "地址中的全角数字、字母和符号",
    "address_spaces": "地址中汉字旁的空格",
    "phone_width": "电话号码中的全角字符",
    "phone_spaces": "电话号码中的空格",
    "phone_restyled": "电话号码的写法",
    "phone_first": "一格多个电话，读取第一个手机号",
    "code_width": "代码表取值中的全角字符",
    "code_spaces": "代码表取值中的空格",
    "code_synonym": "代码表取值的同义写法",
    "boolean_restyled": "“是”“否”的写法",
    "date_width": "日期中的全角字符和空格",
    "date_numerals": "日期中的汉字数字",
    "date_serial": "表格软件的日期序号",
    "date_zone": "带时区的时间换算为北京时间日期",
    "date_restyled": "日期的写法",
    "month_restyled": "月份的写法",
    "period_restyled": "所属期的写法",
    "period_span": "恰为一个月或一年的起止日期读作该月或该年",
    "money_width": "金额中的全角字符和空格",
    "money_currency": "金额中的货币符号和“整”字",
    "money_sign": "金额负号的写法（括号、红字等）",
    "money_grouping": "金额中的千位、万位分隔符",
    "money_unit": "金额中的单位（元、万元等）",
    "money_float": "计算机小数误差按分取整",
    "money_restyled": "金额的其他写法",
    "integer_width": "整数中的全角字符和空格",
    "integer_unit": "整数后的单位（级、平方米等）",
    "integer_grouping": "整数中的千位分隔符",
    "integer_restyled": "整数的写法",
    "area_rounded": "面积四舍五入到平方米",
}

CAVEATS: Mapping[str, str] = {
    "unknown_columns": "契约之外的列，未读取",
    "unheaded_cells": "没有列名的列中有内容的单元格，未读取",
    "dropped_columns": "契约约定不读取的列",
    "doubled_columns": "重复的列，只读取第一个",
    "optional_columns_absent": "文件中没有的选填列",
    "optional_identifier_dropped": "选填的身份证号无效，已置空（该行保留）",
    "phone_dropped": "联系电话无效，已置空（该行保留）",
    "masked_phones": "联系电话被遮盖，已置空（该行保留）",
    "masked_names": "姓名被遮盖（如张*、张某），按无姓名处理（该行保留）",
    "damaged_names": "姓名中的生僻字已丢失（显示为“?”等），按无姓名处理（该行保留）",
    "private_use_names": "姓名含自定义区（造字）字符，换一台电脑可能无法显示（该行保留）",
    "names_with_digits": "姓名含数字，请核对（该行保留）",
    "id_region_unknown": "身份证号前六位不是已知的行政区划代码（仅提示，该行保留）",
    "id_region_other_time": "身份证号前六位的行政区划在出生时已撤销或尚未设立（仅提示，该行保留）",
    "other_sheets": "没有所需表头的工作表，未读取",
    "hidden_sheets": "隐藏的工作表，未读取",
    "hidden_rows": "隐藏的行，已照常读取",
    "hidden_columns": "隐藏的列，已照常读取",
    "merged_cells": "跨行合并的单元格，已按合并范围逐行填入",
    "errors_unseen": "该文件中公式错误值显示为空单元格，无法核对，建议另存为XLSX后重报",
    "delivered_before": "该文件此前已按此名称送达，再次送达不起作用",
    "revision_taken": "该版本号此前已用于另一文件，送达时会被拒收，请改用更大的版本号",
    "known_bytes": "与此前送达的一个文件内容完全相同（另一名称、月份或数据），请确认没有送错文件",
    "linked_files": "公式引用的其他文件，按保存时的结果读取，请确认打开过并已更新",
    "other_members": "压缩包中的其他文件，未读取",
    "rows_ended_early": "行末缺少选填单元格的行，按空白读取",
    "two_row_header": "表头占两行的工作表",
    "extension_differs": "扩展名与文件实际格式不符",
    "birth_date_differs": "出生日期与身份证号不符，以身份证号为准",
}


def caveat(code: str, count: int) -> str:
    """A caveat as it stands on a receipt: `code:count`, and `code:count:D` where `code` is one of a column, `code:D`.

    Raises `KeyError` for a code not declared here.
    """
    name, _, column = code.partition(":")
    text = f"{name}:{count}" if CAVEATS[name] else ""
    return f"{text}:{column}" if column else text


def caveat_parts(text: str) -> tuple[str, str, str]:
    """The Chinese wording of a caveat on a receipt, its count, and the letter of its column, "" for none."""
    code, _, rest = text.partition(":")
    count, _, column = rest.partition(":")
    return CAVEATS[code], count, column


def caveat_text(text: str) -> str:
    """A caveat on a receipt in Chinese words."""
    wording, count, column = caveat_parts(text)
    return f"{wording}（第{column}列）：{count}" if column else f"{wording}：{count}"
